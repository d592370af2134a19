"""What a mail room stores can be read again."""

import io
import json
import tarfile

import numpy as np

from course.cloud.mailroom import files


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
