"""What is noted of a request at its end."""

import pytest
from werkzeug.wrappers import Response

from localaws.gateway.inbound import Inbound
from localaws.gateway.trips import Trip


class Metrics:
    """Keeps what it is told."""

    def __init__(self):
        self.answers, self.lines = [], []

    def note(self, answered):
        self.answers.append(answered)

    def line(self, *given):
        self.lines.append(given)


def ended(form, counted=("ApiName", "a"), behind=None):
    """Return what is noted of a request with such an access log."""
    came = Inbound("GET", "/", [], [], b"")
    came.context = {"apiId": "abc", "requestId": "r", "identity": {"sourceIp": "::1"}}
    came.context["error"] = {"message": "two\nlines"}
    trip = Trip("eu-west-1", {}, "prod", {}, came, counted, behind=behind)
    trip.log = "arn:aws:logs:eu-west-1:1:log-group:my/log:*", form
    metrics = Metrics()
    trip.end(metrics, Response("body", 201))
    return metrics


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("$context.requestId $context.status", "r 201"),
        ("$context.identity.sourceIp,$context.responseLength", "::1,4"),
        ("$context.error.message|$context.none.x", "two lines|-"),
        ('{"ms": "$context.integration.latency"}', '{"ms": "-"}'),
        ("no variables $other", "no variables $other"),
    ],
)
def test_an_access_log_has_the_variables_that_it_names(form, line):
    assert ended(form).lines == [("eu-west-1", "my/log", "abc_prod", line)]


def test_a_stage_without_an_access_log_has_no_line():
    assert ended("").lines == []


@pytest.mark.parametrize(("kind", "of_http"), [("ApiName", False), ("ApiId", True)])
def test_an_answer_is_counted_for_its_api_and_its_stage(kind, of_http):
    (answered,) = ended("", (kind, "a"), 0.5).answers
    assert answered.names == ((kind, "a"), ("Stage", "prod"))
    assert (answered.of_http, answered.status, answered.behind) == (of_http, 201, 0.5)
    assert ended("$context.integrationLatency", behind=0.5).lines[0][-1] == "500"
