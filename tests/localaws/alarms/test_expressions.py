"""Metric math is read as it is written, and what is none is refused."""

import pytest

from localaws.alarms.expressions import (
    Applied,
    BadExpression,
    Name,
    Number,
    applied,
    names,
    parse,
)


def shown(tree):
    """Return a tree with all of its brackets."""
    if isinstance(tree, Applied):
        return f"{tree.function}({' '.join(map(shown, tree.arguments))})"
    return str(tree.name if isinstance(tree, Name) else tree.value)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a+b*c", "+(a *(b c))"),
        ("(a+b)*c", "*(+(a b) c)"),
        ("a-b-c", "-(-(a b) c)"),
        ("-a*2", "*(-(0 a) 2.0)"),
        ("2*a^2", "*(2.0 ^(a 2.0))"),
        ("a>1 AND b<=2 || c!=3", "OR(AND(>(a 1.0) <=(b 2.0)) !=(c 3.0))"),
        ("sum([a, b1])/1.5e2", "/(SUM([](a b1)) 150.0)"),
        ("IF(a, .5, FILL(b,REPEAT))", "IF(a 0.5 FILL(b REPEAT))"),
        ("METRICS() + METRICS('e')", "+(METRICS() METRICS(e))"),
    ],
)
def test_operators_bind_as_they_should(text, tree):
    assert shown(parse(text)) == tree


@pytest.mark.parametrize(
    "text",
    ["", "a+", "(a", "a b", "a)", "[a", "f(a,)", "a $ b", "* a", "1 = 2", "(" * 2000],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(BadExpression):
        parse(text)


def test_an_expression_tells_what_it_needs():
    tree = parse("SUM([a, b]) / FILL(a, 0)")
    assert names(tree) == {"a", "b"}
    assert applied(tree) == {"SUM", "[]", "/", "FILL"}
    assert parse("3") == Number(3.0)
