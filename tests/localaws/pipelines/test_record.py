"""Records of pipelines and executions: found by name and ARN, in pages."""

import pytest

from localaws.api.errors import ServiceError
from localaws.pipelines.record import EXECUTION, PIPELINE, again, definition_of, listed
from localaws.records.store import Store


def test_an_execution_has_its_pipelines_arn_and_survives_a_reading(tmp_path):
    store = Store(tmp_path, "123456789012")
    table = store.table(EXECUTION, "us-east-1")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abc"
    table.create("abc", {"PipelineExecutionArn": arn, "_pipeline": "p"})
    read = Store(tmp_path, "123456789012").table(EXECUTION, "us-east-1")
    assert read.get("abc")["PipelineExecutionArn"] == arn
    assert EXECUTION.label(read.get("abc")) == "p/abc"
    assert PIPELINE.status == "PipelineStatus"


def test_a_version_has_its_definition():
    pipeline = {
        "PipelineArn": "arn",
        "_versions": [{"Id": 2, "Definition": "b"}, {"Id": 3, "Definition": "c"}],
    }
    assert (definition_of(pipeline), definition_of(pipeline, 2)) == ("c", "b")
    with pytest.raises(ServiceError, match="no version 1") as caught:
        definition_of(pipeline, 1)
    assert caught.value.code == "ResourceNotFound"


def test_a_page_goes_on_where_the_last_one_ended():
    rows = [
        {"Name": name, "CreationTime": time}
        for name, time in [("a", 3), ("b", 1), ("c", 2)]
    ]
    names, request = [], {"MaxResults": 2}
    while True:
        shown, more = listed(rows, "Name", request)
        names.append([row["Name"] for row in shown])
        if not more:
            break
        request = {"MaxResults": 2, **more}
    assert names == [["a", "c"], ["b"]]
    shown, _ = listed(rows, "Name", {"CreatedAfter": 2.0, "SortOrder": "Ascending"})
    assert [row["Name"] for row in shown] == ["c", "a"]
    shown, _ = listed(rows, "Name", {"SortBy": "Name", "SortOrder": "Ascending"})
    assert [row["Name"] for row in shown] == ["a", "b", "c"]


def test_a_token_finds_what_it_has_made():
    rows = [{"_token": "x"}, {}]
    assert again(rows, "x") is rows[0]
    assert again(rows, "y") is None and again(rows, None) is None
