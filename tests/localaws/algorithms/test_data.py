"""Files of CSV and LibSVM become matrices, or an error that names the file."""

import numpy as np
import pytest
from boosted import csv, found, libsvm, table

from localaws.algorithms import data
from localaws.algorithms.errors import UserError


def matrix(folder, kind, weighted=False):
    """Return the matrix of what is in a channel's folder."""
    return data.matrix(data.files_of(folder), kind, weighted)


def dense(matrix, columns=4):
    """Return the rows of a matrix, what is missing as NaN."""
    rows = matrix.get_data().tocoo()
    cells = np.full((matrix.num_row(), columns), np.nan, np.float32)
    cells[rows.row, rows.col] = rows.data
    return cells


@pytest.mark.parametrize(("kind", "write"), [("csv", csv), ("libsvm", libsvm)])
def test_several_files_are_one_matrix_with_gaps(tmp_path, kind, write):
    x, y = table(30)
    for number, part in enumerate((slice(0, 10), slice(10, 30))):
        folder = tmp_path / f"part {number}?#&"
        folder.mkdir()
        (folder / "file.txt").write_text(write(x[part], y[part]))
    (tmp_path / "_SUCCESS").write_text("no data")
    read = matrix(tmp_path, kind)
    assert np.array_equal(dense(read), x.astype(np.float32), equal_nan=True)
    assert np.allclose(read.get_label(), y)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_the_first_line_tells_the_delimiter_and_weights_are_the_second_column(
    tmp_path, mark
):
    x, y = table(20)
    weights = np.arange(20) / 2
    text = csv(x, y, weights).replace(",", mark)
    (tmp_path / "file").write_text(text)
    read = matrix(tmp_path, "csv", weighted=True)
    assert np.allclose(read.get_weight(), weights)
    assert np.array_equal(dense(read), x.astype(np.float32), equal_nan=True)


def test_a_channel_may_have_no_data(tmp_path):
    assert data.files_of(tmp_path / "absent") == []
    (tmp_path / "empty").touch()
    assert data.files_of(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "name", "text", "words"),
    [
        ("csv", "x", "5\n", "Could not determine delimiter on line 5"),
        ("csv", ".hidden", "1,2\n", "Hidden file found in the data path"),
        ("csv", "x", "1,2\n1,2,3\n", "Failed to load csv data.*Expected 2 fields"),
        ("libsvm", "a", "1 1:2\n1 2\n", "Failed to load libsvm data"),
        ("libsvm", "a", "1 1:2\n1 -2:2\n", "Failed to load libsvm data"),
        ("libsvm", "a.csv", "1,2,3\n", "First line '1,2,3...' of file 'a.csv' is not"),
        ("libsvm", "a", "1 2:x\n", "not 'LIBSVM' format"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, kind, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError) as error:
        matrix(tmp_path, kind)
    assert found(words, str(error.value))


def test_libsvm_has_weights_groups_and_comments(tmp_path):
    (tmp_path / "a").write_text("1:0.5 qid:3 0:1 2:0\n\n0:2 qid:3 1:4 # no\n")
    read = matrix(tmp_path, "libsvm")
    assert read.get_weight().tolist() == [0.5, 2]
    assert read.get_group().tolist() == [2]
    nan = np.nan
    rows = [[1, nan, 0], [nan, 4, nan]]
    assert np.array_equal(dense(read, 3), rows, equal_nan=True)


@pytest.mark.parametrize("text", ["label,first\n1,2\n", "label,a\n,2\n"])
def test_a_header_is_no_record(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError, match=r"Row 1 has the label 'label', .*no header"):
        matrix(tmp_path, "csv")


def test_words_are_missing_values(tmp_path):
    (tmp_path / "a.csv").write_text("1,2,?\n0,NA,5\n")
    nan = np.nan
    rows = [[2, nan], [nan, 5]]
    assert np.array_equal(dense(matrix(tmp_path, "csv"), 2), rows, equal_nan=True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (None, "libsvm"),
        ("csv", "csv"),
        ("text/csv; label_size=1", "csv"),
        ("Text/LibSVM ;charset=utf8", "libsvm"),
        ("text/x-libsvm", "libsvm"),
    ],
)
def test_content_types_name_the_format(text, kind):
    assert data.kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("application/json", "application/json is not an accepted ContentType: csv,"),
        ("text/csv;label_size=0", "label_size must be equal to 1"),
        ("application/x-parquet", "localaws does not read .*convert the data"),
        ("recordio-protobuf", "localaws does not read"),
    ],
)
def test_other_content_types_are_refused(text, words):
    with pytest.raises(UserError, match=words):
        data.kind_of(text)
