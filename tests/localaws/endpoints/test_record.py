"""What the record of an endpoint takes from configuration and models, and keeps."""

import copy

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.endpoints import record
from localaws.endpoints.configs import ENDPOINT_CONFIG
from localaws.models.operations import MODEL
from localaws.records.store import Store

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"


def variant(name, weight=1.0, count=1):
    return {
        "VariantName": name,
        "ModelName": "m",
        "InitialVariantWeight": weight,
        "InitialInstanceCount": count,
        "InstanceType": "ml.m5.large",
        "_containers": [{"Image": "pytorch"}],
    }


@pytest.fixture
def in_service():
    """The record of an endpoint with two variants that were changed since."""
    config = {"ProductionVariants": [variant("a"), variant("b", 3.0, 2)]}
    rows = [record.summary(one) for one in config["ProductionVariants"]]
    made = {"ProductionVariants": rows, "_config": config}
    wish = {"VariantName": "b", "DesiredWeight": 5.0, "DesiredInstanceCount": 4}
    record.apply(made, wish, ARN)
    record.count(made, {"a": 1, "b": 4})
    return made


def shares(config):
    return [
        (row["InitialVariantWeight"], row["InitialInstanceCount"])
        for row in config["ProductionVariants"]
    ]


def test_a_wish_changes_what_is_shown_and_what_is_started_next(in_service):
    assert shares(in_service["_config"]) == [(1.0, 1), (5.0, 4)]
    row = in_service["ProductionVariants"][1]
    assert (row["CurrentWeight"], row["DesiredInstanceCount"]) == (5.0, 4)
    assert record.machines(in_service) == [("ml.m5.large", 1), ("ml.m5.large", 4)]


def test_a_count_is_wished_for_until_the_instances_are_there(in_service):
    wish = {"VariantName": "b", "DesiredInstanceCount": 2}
    record.apply(in_service, wish, ARN)
    row = in_service["ProductionVariants"][1]
    assert (row["CurrentInstanceCount"], row["DesiredInstanceCount"]) == (4, 2)
    assert record.changing(in_service) == {"b": 2}
    record.count(in_service, {"a": 1, "b": 3})  # one did not end
    assert (row["CurrentInstanceCount"], row["DesiredInstanceCount"]) == (3, 3)
    assert record.changing(in_service) == {}
    assert record.instances(in_service["_config"]) == [1, 3]


@pytest.mark.parametrize("count", [0, -1])
def test_a_variant_keeps_an_instance(in_service, count):
    wish = {"VariantName": "b", "DesiredInstanceCount": count}
    with pytest.raises(ServiceError, match="needs an instance"):
        record.apply(in_service, wish, ARN)


@pytest.mark.parametrize(
    ("excluded", "expected"),
    [
        ([], [(1.0, 1), (5.0, 4)]),
        (["DesiredWeight"], [(1.0, 1), (2.0, 4)]),
        (["DesiredInstanceCount", "DesiredWeight"], [(1.0, 1), (2.0, 9)]),
    ],
)
def test_an_update_retains_what_is_not_excluded(in_service, excluded, expected):
    config = {"ProductionVariants": [variant("a"), variant("b", 2.0, 9)]}
    record.retain(config, in_service, excluded)
    assert shares(config) == expected


def test_data_capture_is_retained_unless_it_is_excluded(in_service):
    in_service["_config"]["DataCaptureConfig"] = old = {"InitialSamplingPercentage": 1}
    new = {"ProductionVariants": [], "DataCaptureConfig": {}}
    record.retain(new, in_service, ["DataCaptureConfig"])
    assert new["DataCaptureConfig"] == {}
    record.retain(new, in_service, [])
    assert new["DataCaptureConfig"] == old


def test_a_wish_that_cannot_be_had_changes_nothing(in_service):
    before = copy.deepcopy(in_service)
    words = f'Could not find variant "no" of endpoint "{ARN}"'
    with pytest.raises(ServiceError, match=words):
        record.apply(in_service, {"VariantName": "no", "DesiredWeight": 9}, ARN)
    assert in_service == before


def test_a_summary_has_the_shape_that_botocore_knows():
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
    model = get_session().get_service_model("sagemaker")
    for given in (variant("v"), {**variant("w"), "ServerlessConfig": serverless}):
        found = record.summary(given)
        shape = model.shape_for("ProductionVariantSummary")
        report = ParamValidator().validate(found, shape)
        assert not report.has_errors(), report.generate_report()
        assert ("CurrentServerlessConfig" in found) != ("CurrentInstanceCount" in found)


def test_a_snapshot_outlives_its_model(context):
    store = context.part(Store)
    models = store.table(MODEL, "us-east-1")
    container = {"Image": "pytorch", "ModelDataUrl": "s3://b/k"}
    given = {"PrimaryContainer": container, "ExecutionRoleArn": "arn:r"}
    models.create("m", given)
    variants = {"ProductionVariants": [{"VariantName": "v", "ModelName": "m"}]}
    store.table(ENDPOINT_CONFIG, "us-east-1").create("c", variants)
    call = Call("CreateEndpoint", {}, "us-east-1", context, None)
    config = record.snapshot(call, "c")
    models.delete("m")
    [row] = config["ProductionVariants"]
    assert (row["_containers"], row["_role"]) == ([container], "arn:r")
    assert row["_direct"] is False
    with pytest.raises(ServiceError, match="Could not find model"):
        record.snapshot(call, "c")


def test_capture_that_is_switched_off_is_shown_as_stopped():
    capture = {"InitialSamplingPercentage": 20, "DestinationS3Uri": "s3://b/c"}
    assert record.shared({"ProductionVariants": []}) == {}
    found = record.shared({"DataCaptureConfig": {**capture, "EnableCapture": False}})
    assert found["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
    found = record.shared({"DataCaptureConfig": capture, "AsyncInferenceConfig": {}})
    assert found["DataCaptureConfig"]["CaptureStatus"] == "Started"
    assert found["AsyncInferenceConfig"] == {}
