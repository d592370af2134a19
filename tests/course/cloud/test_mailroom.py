"""What a mail room stores can be read again."""

import io
import json
import tarfile

import numpy as np
import pytest

from course.cloud.mailroom import bodies, files


def test_the_files_hold_model_labels_and_letters(tmp_path):
    script = tmp_path / "any.py"
    script.write_text("x = 1")
    letters = np.arange(392.0).reshape(2, 196)
    found = files({"w1": np.eye(2)}, np.array([3, 4]), letters, script)
    assert list(found) == [
        *("model/model.tar.gz", "train/labels.npy", "in/0.json", "in/1.json")
    ]
    with tarfile.open(fileobj=io.BytesIO(found["model/model.tar.gz"])) as tar:
        assert tar.extractfile("code/inference.py").read() == b"x = 1"
        stored = tar.extractfile("weights.npz").read()
    np.testing.assert_array_equal(np.load(io.BytesIO(stored))["w1"], np.eye(2))
    labels = np.load(io.BytesIO(found["train/labels.npy"]))
    assert labels.tolist() == [3, 4]
    assert json.loads(found["in/1.json"]) == [letters[1].tolist()]


def test_only_the_first_request_is_as_it_should_be():
    letter = [0.0, 0.25, 1.0]
    found = bodies(letter)
    assert json.loads(found["a letter"]) == [letter]
    assert json.loads(found["1e999"])[0][0] == np.inf
    assert np.isnan(json.loads(found["not a number"])[0][0])
    assert np.shape(json.loads(found["a thousand"])) == (1000, 3)
    with pytest.raises(RecursionError):
        json.loads(found["30,000 brackets"])
