import hashlib
import re
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import pytest

from course import data
from course.data import docstrings

DIGEST = "728aa521e6921357f4fbd9c290d4c5191fbdc539118792fac4dd6365fc28384e"


@pytest.fixture
def libraries(tmp_path, monkeypatch):
    """Two small libraries in a folder; a function that writes a file of one."""

    def write(name, *texts):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f'def f():\n    """{text}"""\n' for text in texts))

    def spec(package):
        folder = tmp_path / package
        return SimpleNamespace(origin=folder / "x.py") if folder.exists() else None

    monkeypatch.setattr(docstrings, "find_spec", spec)
    monkeypatch.setattr(docstrings, "LIBRARIES", {"One": "one", "Two": "two"})
    monkeypatch.setattr(docstrings, "TRAINING", 2)
    monkeypatch.setattr(docstrings, "TEST", 1)
    return write


def test_the_pinned_libraries_give_the_same_sentences_everywhere():
    made = data.load("docstrings")
    text = "\n".join([*made.x_train, *made.x_test])
    versions = {each: version(each) for each in ("keras", "numpy", "torch", "scipy")}
    assert hashlib.sha256(text.encode()).hexdigest() == DIGEST, versions


def test_each_library_has_as_many_sentences_and_none_is_there_twice():
    made = data.load("docstrings")
    assert np.bincount(made.y_train).tolist() == [400] * 8
    assert np.bincount(made.y_test).tolist() == [100] * 8
    assert len({*made.x_train, *made.x_test}) == 4000
    assert all(5 <= len(text.split()) <= 12 for text in made.x_train)


def test_no_sentence_names_a_library():
    made = data.load("docstrings")
    for name in [*docstrings.LIBRARIES, *docstrings.LIBRARIES.values()]:
        named = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        assert not any(named.search(text) for text in made.x_train)


def test_the_first_sentence_is_taken_of_what_is_public_and_no_code(libraries):
    libraries("one/a.py", "Return the sum of numpy arrays. And more.", "Not enough.")
    libraries("one/sub/b.py", "Draw a line\n    through two points.", "Call f(x) on a.")
    libraries("one/c.py", "Find what the\n    others miss.\n\n    Later on.")
    libraries("one/tests/d.py", "Nobody should ever read this.")
    libraries("one/_private/e.py", "Nobody should ever read that.")
    found = docstrings._sentences("One", "one")
    assert found == {
        "Return the sum of arrays.",
        "Draw a line through two points.",
        "Find what the others miss.",
    }


def test_what_two_libraries_share_is_left_out(libraries):
    own = [
        "Say this only once here.",
        "Say that only once here.",
        "Say it here once more.",
    ]
    libraries("one/a.py", "Both of them say this.", *own)
    others = [text.replace("here", "there") for text in own]
    libraries("two/a.py", "Both of them say this.", *others)
    with pytest.raises(data.DataError, match=r'"One" has 2 sentences, expected .* 3'):
        libraries("one/a.py", "Both of them say this.", *own[:2])
        docstrings.sentences()
    libraries("one/a.py", "Both of them say this.", own[2][:-1] + ", please.", *own[:2])
    made = docstrings.sentences()
    assert len(made.x_train) == 4 and len(made.x_test) == 2
    assert "Both of them say this." not in {*made.x_train, *made.x_test}


def test_a_missing_library_is_named_with_what_to_do(libraries):
    libraries("two/a.py", "Say this only once here.")
    with pytest.raises(data.DataError, match=r'reads "One", which is not.*make lab'):
        docstrings.sentences()
