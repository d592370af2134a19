"""Metric math as text: read into a tree of its operators and functions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z]\w*)"
    r"|\"(?P<text>[^\"]*)\"|'(?P<word>[^']*)'"
    r"|(?P<sign><=|>=|==|!=|&&|\|\||[-+*/^<>(),\[\]]))"
)
# From those that bind least to those that bind most; all of a row are read from left.
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR", "||"),
    ("AND", "&&"),
    ("==", "!=", "<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/"),
    ("^",),
)
_SPELLED = {"||": "OR", "&&": "AND"}


class BadExpression(ValueError):
    """What is no expression, or cannot be computed here; its text says why."""


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Text:
    """A word in quotes."""

    value: str


@dataclass(frozen=True)
class Name:
    """The Id of another query."""

    name: str


@dataclass(frozen=True)
class Applied:
    """A function, an operator or "[]" with what it is applied to."""

    function: str
    arguments: tuple[Tree, ...]


Tree = Number | Text | Name | Applied


def parse(text: str) -> Tree:
    """Return the tree of an expression; BadExpression where it is none."""
    try:
        reader = _Reader(text)
        tree = reader.level(0)
        if reader.tokens:
            raise BadExpression(f'"{reader.tokens[0][1]}" is not expected')
        return tree
    except RecursionError:
        raise BadExpression("it is nested too deeply") from None


def names(tree: Tree) -> set[str]:
    """Return the Ids that an expression names."""
    if isinstance(tree, Applied):
        return set().union(*(names(part) for part in tree.arguments))
    return {tree.name} if isinstance(tree, Name) else set()


def applied(tree: Tree) -> set[str]:
    """Return the functions and operators of an expression."""
    if isinstance(tree, Applied):
        below = (applied(part) for part in tree.arguments)
        return {tree.function}.union(*below)
    return set()


class _Reader:
    """Reads one expression, a token (kind, text) at a time."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if not found:
                raise BadExpression(f'"{text[place:][:20].strip()}" is not expected')
            kind = str(found.lastgroup)
            self.tokens.append((kind, found[kind]))
            place = found.end()

    def level(self, number: int) -> Tree:
        """Read what binds at least as much as a row of the operators."""
        if number == len(_LEVELS):
            return self._unary()
        left = self.level(number + 1)
        while sign := self._next(*_LEVELS[number]):
            right = self.level(number + 1)
            left = Applied(_SPELLED.get(sign, sign), (left, right))
        return left

    def _unary(self) -> Tree:
        if self._next("-"):
            return Applied("-", (Number(0), self._unary()))
        if not self.tokens:
            raise BadExpression("it ends too soon")
        kind, text = self.tokens.pop(0)
        if text == "(" and kind == "sign":
            tree = self.level(0)
            self._expect(")")
            return tree
        if text == "[" and kind == "sign":
            return Applied("[]", self._rest("]"))
        if kind == "name" and self._next("("):
            return Applied(text.upper(), self._rest(")"))
        return _leaf(kind, text)

    def _rest(self, end: str) -> tuple[Tree, ...]:
        """Read what is applied to, up to the bracket that ends it."""
        if self._next(end):
            return ()
        found = [self.level(0)]
        while self._next(","):
            found.append(self.level(0))
        self._expect(end)
        return tuple(found)

    def _next(self, *signs: str) -> str:
        """Take a sign or a word of these and return it, or leave all and return ""."""
        if self.tokens and self.tokens[0][0] in ("sign", "name"):
            text = self.tokens[0][1]
            if text in signs:
                del self.tokens[0]
                return text
        return ""

    def _expect(self, sign: str) -> None:
        if not self._next(sign):
            raise BadExpression(f'"{sign}" is missing')


def _leaf(kind: str, text: str) -> Tree:
    made: dict[str, Callable[[str], Tree]] = {
        "number": lambda text: Number(float(text)),
        "text": Text,
        "word": Text,
        "name": Name,
    }
    if kind not in made:
        raise BadExpression(f'"{text}" is not expected')
    return made[kind](text)
