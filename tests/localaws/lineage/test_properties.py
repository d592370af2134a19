"""Properties are read from records by names that botocore's shapes know."""

import pytest

from localaws.api.errors import ServiceError
from localaws.api.validation import service_model
from localaws.lineage.properties import find, searched

JOB = service_model("sagemaker").shape_for("TrainingJob")
RECORD = {
    "InputDataConfig": [{"ChannelName": "a"}, {"ChannelName": "b"}, {}],
    "HyperParameters": {"a.b": "1"},
    "FinalMetricDataList": [{"MetricName": "loss", "Value": 0.5}],
    "_tags": [{"Key": "team.of", "Value": "me"}],
}


@pytest.mark.parametrize(
    ("name", "type_name", "values"),
    [
        ("TrainingJobName", "string", []),
        ("InputDataConfig.ChannelName", "string", ["a", "b"]),
        ("HyperParameters.a.b", "guessed", ["1"]),
        ("Metrics.loss", "double", [0.5]),
        ("Tags.team.of", "guessed", ["me"]),
        ("BillableTimeInSeconds", "integer", []),
        ("CreationTime", "timestamp", []),
        ("EnableManagedSpotTraining", "boolean", []),
        ("ResourceConfig", "structure", []),
    ],
)
def test_a_property_has_a_type_and_values(name, type_name, values):
    found = find(JOB, name, "TrainingJob")
    assert (found.type, found.values(searched(RECORD))) == (type_name, values)


@pytest.mark.parametrize("name", ["Name", "RoleArn.x", "HyperParameter.x", "."])
def test_what_is_no_property_is_named(name):
    with pytest.raises(ServiceError, match=f'has no property "{name}"'):
        find(JOB, name, "TrainingJob")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("BillableTimeInSeconds", "1e2", 100.0),
        ("CreationTime", "1970-01-02T00:00:00", 86400.0),
        ("CreationTime", "1970-01-02T01:00:00+01:00", 86400.0),
        ("EnableManagedSpotTraining", "False", False),
        ("RoleArn", "1", "1"),
    ],
)
def test_a_text_is_read_as_the_property_is(name, text, value):
    assert find(JOB, name, "TrainingJob").read(text) == value
