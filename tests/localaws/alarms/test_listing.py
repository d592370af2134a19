"""ListMetrics names each metric once, page by page, and filters as it is asked to."""

import pytest

from localaws.api.errors import ServiceError


def names(alarmed, **members):
    rows = alarmed("ListMetrics", **members)["Metrics"]
    return [(row["MetricName"], len(row["Dimensions"])) for row in rows]


def host(value=None):
    return {"Name": "host", **({"Value": value} if value else {})}


def test_a_metric_with_many_points_is_listed_once(alarmed):
    alarmed.put(*range(9), name="views")
    alarmed.next()
    alarmed.put(1.0, name="views")
    alarmed.put(1.0, 2.0, name="views", Dimensions=[host("a")])
    alarmed.put(1.0, 2.0, name="views", Dimensions=[host("b")])
    assert names(alarmed, Namespace="N") == [("views", 0), ("views", 1), ("views", 1)]
    assert names(alarmed, Namespace="N", MetricName="none") == []
    assert len(names(alarmed, Dimensions=[host()])) == 2
    [row] = alarmed("ListMetrics", Dimensions=[host("b")])["Metrics"]
    place = {"Namespace": "N", "MetricName": "views"}
    assert row == {**place, "Dimensions": [host("b")]}


def test_what_was_not_active_for_three_hours_is_left_out_when_that_is_asked(alarmed):
    alarmed.put(1.0, name="old")
    alarmed.clock.advance(3 * 3600 + 60)
    alarmed.put(1.0, name="new")
    asked = {"Namespace": "N", "RecentlyActive": "PT3H"}
    assert names(alarmed, **asked) == [("new", 0)]
    assert names(alarmed, Namespace="N") == [("old", 0), ("new", 0)]


def test_metrics_come_in_pages_of_five_hundred(alarmed):
    for number in range(501):
        alarmed.put(1.0, name=f"m{number}")
    first = alarmed("ListMetrics", Namespace="N")
    rest = alarmed("ListMetrics", Namespace="N", NextToken=first["NextToken"])
    assert (len(first["Metrics"]), "NextToken" in rest) == (500, False)
    assert [row["MetricName"] for row in rest["Metrics"]] == ["m500"]
    with pytest.raises(ServiceError, match="NextToken is invalid"):
        alarmed("ListMetrics", NextToken="none")


def test_other_accounts_have_no_metrics_here(alarmed):
    alarmed.put(1.0)
    account = alarmed.context.account
    told = alarmed("ListMetrics", Namespace="N", IncludeLinkedAccounts=True)
    assert told["OwningAccounts"] == [account]
    assert names(alarmed, Namespace="N", OwningAccount=account) == [("m", 0)]
    assert names(alarmed, OwningAccount="111122223333") == []
