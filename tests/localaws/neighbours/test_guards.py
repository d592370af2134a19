"""A guard sees the requests that it is registered for, and no others."""

import pytest
from inside import client_of
from werkzeug.wrappers import Response

from localaws.api import protocol
from localaws.api.errors import ServiceError
from localaws.neighbours import guards

JOB = {"AccountId": "123456789012", "JobId": "a-job"}


@pytest.fixture
def guarded(context, monkeypatch):
    """Return a function that asks a service, behind these guards and without moto."""

    def ask(service, operation, registered, **members):
        def application(environ):
            signed, region = protocol.scope(environ)
            found = guards.answer(context, environ, signed, region)
            return found or Response(b"<x/>" if signed == "s3" else b"{}")

        monkeypatch.setattr(guards, "GUARDS", registered)
        return getattr(client_of(application, service), operation)(**members)

    return ask


@pytest.mark.parametrize(
    ("service", "operation", "name", "members"),
    [
        ("stepfunctions", "list_activities", "ListActivities", {"nextToken": "t"}),
        ("s3control", "get_job_tagging", "GetJobTagging", JOB),
        ("emr", "list_clusters", "ListClusters", {"Marker": "m"}),
        ("batch", "cancel_job", "CancelJob", {"jobId": "j", "reason": "r"}),
        ("codebuild", "list_builds", "ListBuilds", {"nextToken": "t"}),
    ],
)
def test_a_guard_receives_the_members_of_its_operation(
    guarded, service, operation, name, members
):
    seen = []

    def look(call):
        seen.append((call.operation, call.region, call.input))

    guarded(service, operation, {(service, name): look}, **members)
    guarded(service, operation, {(service, "Other"): look}, **members)
    guarded(service, operation, {("other", name): look}, **members)
    assert seen == [(name, "eu-west-1", members)]


def test_what_a_guard_returns_is_the_answer(guarded):
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    entries = [{"Source": "s", "DetailType": "d", "Detail": "{}"}]
    registered = {("events", "PutEvents"): lambda call: answer}
    found = guarded("events", "put_events", registered, Entries=entries)
    assert found["Entries"] == answer["Entries"]


def test_objects_of_s3_are_not_looked_at(guarded, context):
    environ = {"PATH_INFO": "/bucket/key", "wsgi.input": None}
    assert guards.answer(context, environ, "s3", "eu-west-1") is None


def test_a_refusal_says_that_it_is_not_implemented():
    error = guards.refused("no")
    assert isinstance(error, ServiceError) and error.status == 400
    assert error.code == "NotImplementedException" and error.message == "no"
