"""Readers' patterns find what Python's `re` finds, and take no line long."""

import re
import time

import pytest

from localaws.training import patterns
from localaws.training.patterns import Pattern

LINE = "epoch 3: loss=0.25; val_loss=1e-3, accuracy: 97.5% ümlaut=4 a=1|b="
USUAL = [
    r"loss=([-+.\deE]+|nan|inf)",
    r"\d+%",
    r"a=(\d+)|b=",
    r"(?P<name>[a-z_]+)=",
    r"(?i)LOSS=(.*?);",
    r"accuracy: (\S+)%$|accuracy: (\S+)%",
    r"ümlaut=(.)",
    r"x*",
    r"b=\Z",
    r"absent",
]
# Python's re goes through 2 ** 30 ways and more; the regex package took 24 GB.
SLOW = [
    r"(a+)+$",
    r"(a|aa)+$",
    r"(a*)*b",
    r"(.*a){20}$",
    r"a.*b|a",
    r"((a|b){1,300}c|a)",
    r"(.{900}b|a)",
]


@pytest.mark.parametrize("text", USUAL)
def test_the_matches_are_those_of_python(text):
    python = re.compile(text)
    group = 1 if python.groups else 0
    expected = [match[group] for match in python.finditer(LINE)]
    assert list(Pattern(text).found(LINE)) == expected
    assert Pattern(text).search(LINE) == bool(python.search(LINE))


@pytest.mark.parametrize("text", SLOW)
def test_no_pattern_takes_a_line_long(text):
    pattern = Pattern(text)
    begun = time.process_time()
    count = sum(1 for _ in pattern.found("a" * 1_000_000 + "!"))
    pattern.search("a" * 1_000_000 + "!")
    assert time.process_time() - begun < 1
    assert count <= patterns.MOST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(", "missing"),
        ("*", "no argument for repetition"),
        ("(?=a)b", "has no look-ahead"),
        ("(?!a)b", "has no look-ahead"),
        ("(?<=a)b", "has no look-behind"),
        (r"(a)\1", "has no references to groups"),
        ("(?P<x>a)(?P=x)", "has no references to groups"),
        ("(?>a)", "has no atomic groups"),
        ("a{1001}", "has no more than 1,000 repetitions"),
        ("((a{999}){999}){999}", "has no more than 1,000 repetitions"),
        (r"(\pL{900})", "has no patterns that need more than 1,024 KiB"),
        (r"[\d-\w", "missing"),
        ("\ud800", "surrogates"),
    ],
)
def test_what_it_cannot_do_is_said_in_words(text, words):
    with pytest.raises(ValueError) as caught:
        Pattern(text)
    assert words in str(caught.value)


def test_only_the_beginning_of_a_line_is_looked_at():
    text = "x" * (patterns.LONGEST - 2) + "ab"
    assert Pattern("ab").search(text) and not Pattern("ab").search(f"x{text}")
