"""Templates put values into a text; what they cannot do here is named."""

import pytest

from localaws.gateway import templates
from localaws.gateway.templates import Variables

KNOWN = Variables(
    {"requestId": "r-1", "identity": {"sourceIp": "::1"}, "n": 3},
    {"colour": "blue"},
    {"header": {"X-A": "h"}, "querystring": {"q": "a b"}, "path": {"id": "7"}},
    '{"x": 1}',
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{"statusCode": 200}', '{"statusCode": 200}'),
        ("$context.requestId/${context.identity.sourceIp}.", "r-1/::1."),
        ("$context.n $context.absent|", "3 |"),
        ("${stageVariables.colour}ish", "blueish"),
        ("$input.params('id') $input.params(\"q\") $input.params('x-a')", "7 a b h"),
        ("$input.params('no')|$input.body", '|{"x": 1}'),
        ("costs 5$", "costs 5$"),
    ],
)
def test_a_template_has_the_values_that_it_names(template, text):
    assert templates.unknown(template) == ""
    assert templates.rendered(template, KNOWN) == text


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("#set($a = 1)", "#set"),
        ("#if($x)a#end", "#if"),
        ("$util.escapeJavaScript('a')", "$util.escapeJavaScript"),
        ("$input.json('$.a')", "$input.json"),
        ("${myvar}", "${myvar"),
        ("## a comment", "##"),
    ],
)
def test_the_rest_of_the_language_is_named(template, part):
    assert templates.unknown(template) == part


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'*'", "*"),
        ("''", ""),
        ("method.request.header.x-a", "h"),
        ("method.request.querystring.q", "a b"),
        ("method.request.path.id", "7"),
        ("method.request.body", '{"x": 1}'),
        ("context.requestId", "r-1"),
        ("stageVariables.colour", "blue"),
        ("stageVariables.none", None),
        ("method.request.header.none", None),
    ],
)
def test_a_parameter_is_found_at_its_place(text, value):
    assert templates.understood(text)
    assert templates.value(text, KNOWN) == value


@pytest.mark.parametrize("text", ["*", "integration.response.header.a", "'a", "$a"])
def test_other_parameters_are_not_understood(text):
    assert not templates.understood(text)
