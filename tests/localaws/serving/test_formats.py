"""Arrays travel as they do to and from the serving containers."""

import io
import json

import numpy as np
import pytest
import scipy.sparse
from served import CSV, JSON, NPY, ask

from localaws.serving import formats


@pytest.mark.parametrize(("kind", "accept"), [("text/x", JSON), (JSON, "text/x")])
def test_the_defaults_refuse_types_that_they_do_not_know(serve, kind, accept):
    script = "def model_fn(d): return 0\ndef predict_fn(data, model): return data"
    status, body, _ = ask(serve(script), b"[1]", kind, accept)
    assert status == 415
    assert b'"text/x" is not supported' in body


@pytest.mark.parametrize("kind", [JSON, CSV, NPY])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_an_array_survives_the_journey(kind, dtype):
    x = (np.random.default_rng(0).normal(size=(3, 4)) * 100).astype(dtype)
    body, found = formats.encode(x, kind)
    assert found == kind
    again = formats.decode(body, kind)
    assert again.shape == x.shape and np.array_equal(again.astype(dtype), x)
    text = {"body": body.decode()} if kind in formats.TEXT else {"body": body}
    assert np.array_equal(formats.decode(text["body"], kind), again)


def test_numpy_itself_reads_and_writes_the_same():
    x = np.arange(6.0).reshape(2, 3)
    buffer = io.BytesIO()
    np.save(buffer, x)
    assert formats.encode(x, NPY)[0] == buffer.getvalue()
    assert json.loads(formats.encode(x, JSON)[0]) == x.tolist()
    loaded = np.loadtxt(io.BytesIO(formats.encode(x, CSV)[0]), delimiter=",")
    assert np.array_equal(loaded, x)


def test_a_sparse_matrix_comes_as_npz():
    x = scipy.sparse.random(5, 7, 0.3, "csr", random_state=0)
    buffer = io.BytesIO()
    scipy.sparse.save_npz(buffer, x)
    found = formats.decode(buffer.getvalue(), "application/x-npz")
    assert (found != x).nnz == 0


def test_a_pickle_in_an_array_is_never_loaded():
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        formats.decode(buffer.getvalue(), NPY)


def test_the_first_known_type_of_an_accept_header_is_written():
    assert formats.encode([1], "text/x, text/csv ,application/json")[1] == CSV
    for accept in ("text/x", "", "*/*"):
        with pytest.raises(formats.UnsupportedFormat, match="is not supported"):
            formats.encode([1], accept)
    with pytest.raises(formats.UnsupportedFormat, match='"None" is not supported'):
        formats.decode(b"[1]", None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\xff", b"\xff"),
        (bytearray(b"a"), b"a"),
        (memoryview(b"a"), b"a"),
        ("ü", "ü".encode()),
        ({"p": np.float32(0.5), "q": np.array([1, 2])}, b'{"p": 0.5, "q": [1, 2]}'),
    ],
)
def test_what_a_handler_answers_becomes_bytes(value, expected):
    assert formats.to_bytes(value) == expected
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        formats.to_bytes([object()])
