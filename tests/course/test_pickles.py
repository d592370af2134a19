"""What a pickle names is seen in each protocol, and nothing is run."""

import os
import pickle

import numpy as np
import pytest

from course.pickles import named_in, refusal


class Gift:
    def __reduce__(self):
        return os.mkdir, ("never-made",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_function_is_named_in_each_protocol(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blob = pickle.dumps({"w": [Gift(), Gift()], "b": "text"}, protocol)
    assert named_in(blob) == [f"{os.mkdir.__module__}.mkdir"]
    assert not list(tmp_path.iterdir())


def test_numbers_and_texts_name_nothing_and_arrays_name_numpy():
    assert named_in(pickle.dumps({"a": 1, "b": ["os", "system"]})) == []
    found = named_in(pickle.dumps([np.ones(3), np.zeros(2)]))
    assert found and all(name.startswith("numpy.") for name in found)


@pytest.mark.parametrize(
    ("blob", "names"),
    [
        (b"(S'true'\nios\nsystem\n.", ["os.system"]),
        # the name is kept in memory, and something else made in between
        (b"\x80\x04\x8c\x06system\x94\x8c\x02osh\x00\x93.", ["os.system"]),
        # popped and made anew: which was meant cannot be told by order alone
        (b"\x80\x04\x8c\x02osK\x010\x8c\x06system\x93.", ["?"]),
        (b"\x80\x02\x82\x07.", ["?"]),  # a number of copyreg's registry
    ],
)
def test_names_that_no_pickler_writes_are_found_or_doubted(blob, names):
    assert named_in(blob) == names


def test_what_is_no_pickle_is_refused():
    with pytest.raises(ValueError, match="opcode"):
        named_in(b"\xffno")


def test_a_refusal_is_named_and_a_file_that_loads_has_none(tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"w": 1}))
    assert refusal(np.load, tmp_path / "a.pkl") == "ValueError"
    assert (
        refusal(lambda path: pickle.loads(path.read_bytes()), tmp_path / "a.pkl") == ""
    )
