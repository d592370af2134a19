"""Targets, policies and the last activities of each resource are remembered."""

import pytest

from localaws.api.errors import ServiceError
from localaws.records.store import Store
from localaws.scaling import records
from localaws.scaling.records import Book


@pytest.fixture
def book(context):
    return Book(context.part(Store), "us-east-1")


def test_the_last_activities_are_kept_the_latest_first(book, monkeypatch):
    monkeypatch.setattr(records, "MOST", 3)
    for moment in range(5):
        number = book.begin("a", float(moment), StatusCode="InProgress")
    book.begin("b", 2.5)
    book.finish("a", number, StatusCode="Failed")
    rows = book.activities()
    assert [row["StartTime"] for row in rows] == [4, 3, 2.5, 2]
    assert [row["StatusCode"] for row in book.activities("a")][:2] == [
        "Failed",
        "InProgress",
    ]
    assert rows[0]["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"


def test_a_policy_is_found_by_its_arn_and_by_no_other(book):
    policies = {"p": {"PolicyARN": "arn:p", "PolicyName": "p"}}
    members = {"ScalableTargetArn": "arn:t", "_policies": policies}
    book.targets.create("endpoint/e/variant/v", members)
    resource, found = book.policy("arn:p")
    assert resource == "endpoint/e/variant/v" and found == policies["p"]
    assert book.policy("arn:q") is None
    assert list(book.policies()) == [policies["p"]]
    assert book.get(resource)["_policies"] == policies
    with pytest.raises(ServiceError, match="No scalable target registered for"):
        book.get("endpoint/other/variant/v")
