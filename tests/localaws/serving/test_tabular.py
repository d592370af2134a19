"""Bodies of CSV and LibSVM become matrices, or an error that says what is wrong."""

import numpy as np
import pytest
from boosted import csv, libsvm, table

from localaws.serving import tabular


def dense(matrix, columns=4):
    rows = matrix.get_data().tocoo()
    cells = np.full((matrix.num_row(), columns), np.nan, np.float32)
    cells[rows.row, rows.col] = rows.data
    return cells


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        ("text/csv", csv),
        ("text/csv; charset=utf-8", lambda x: csv(x).replace(",", ";")),
        ("CSV", lambda x: csv(x).replace(",", "\t")),
        ("text/libsvm", libsvm),
        ("text/x-libsvm", lambda x: "".join(libsvm(x).replace("0.0 ", ""))),
        (None, libsvm),
    ],
)
def test_each_form_of_a_table_is_read(kind, write):
    x, _ = table(12)
    x[:, 0] = 1.5  # no row begins or ends with a gap
    x[:, 3] = -2.5
    for body in (write(x), write(x).encode()):
        read = dense(tabular.matrix(body, kind))
        assert np.array_equal(read, x.astype(np.float32), equal_nan=True)


def test_a_single_number_is_a_row_and_a_bare_label_too():
    assert dense(tabular.matrix("5", "text/csv"), 1).tolist() == [[5]]
    assert tabular.matrix("1 0:2\n1\n", "text/libsvm").num_row() == 2


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("1,x", "text/csv", "Loading csv data failed.*could not convert .*'x'"),
        ("1,2\n3", "text/csv", "Loading csv data failed"),
        ("", "text/csv", "Loading csv data failed"),
        (b"\xff\xfe1,2", "text/csv", "Loading csv data failed"),
        ("1 a:2", "text/libsvm", "Loading libsvm data failed.*'a'"),
        ("1 -1:2", "text/libsvm", "Loading libsvm data failed"),
        ("{}", "application/json", "application/json is not an accepted ContentType"),
        ("", "application/x-recordio-protobuf", "localaws does not read"),
    ],
)
def test_what_cannot_be_read_is_said(body, kind, words):
    with pytest.raises(tabular.Unreadable, match=f"(?s){words}") as error:
        tabular.matrix(body, kind)
    assert error.value.status_code == 415
