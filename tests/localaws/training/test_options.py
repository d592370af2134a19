"""Every member of CreateTrainingJob is judged, and what is refused says so in words."""

import json

import pytest

from localaws.api.errors import ServiceError
from localaws.api.validation import service_model
from localaws.training import options
from localaws.training.request import check, notes

SHAPE = service_model("sagemaker").operation_model("CreateTrainingJob").input_shape
VALID = {
    "TrainingJobName": "job",
    "AlgorithmSpecification": {"TrainingImage": "pytorch", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/x",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/x"}},
}


def leaves(shape, path=""):
    """Yield each path of botocore's model that holds a value."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    elif shape.type_name == "list":
        yield from leaves(shape.member, path)
    else:
        yield path


def ancestors(path):
    parts = path.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def judged(path):
    """Return in which tables a member stands, by itself or with what it is part of."""
    found = ["followed"] * (path in options.FOLLOWED)
    found += ["harmless"] * (path in options.HARMLESS)
    exact = bool(found)
    return found + ["refused"] * (
        not exact and bool(ancestors(path) & {*options.REFUSED})
    )


@pytest.mark.parametrize("path", list(leaves(SHAPE)))
def test_each_member_of_aws_is_followed_harmless_or_refused(path):
    assert len(judged(path)) == 1, f"{path} is judged {judged(path)}"


def test_no_table_names_what_aws_does_not_have():
    known = set().union(*(ancestors(path) for path in leaves(SHAPE)))
    judgements = options.FOLLOWED | {*options.HARMLESS, *options.REFUSED}
    assert judgements - known == set() and {*options.HARMLESS} >= options.UNSAID


def sample(shape):
    """Return a value of a shape, with all that is below."""
    if shape.type_name == "structure":
        return {name: sample(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name == "map":
        return {"name": "value"}
    values = {"boolean": True, "integer": 1, "long": 1}
    return values.get(shape.type_name, (getattr(shape, "enum", None) or ["text"])[0])


def with_member(path):
    """Return a valid request with one more member, and the member's own value."""
    request = json.loads(json.dumps(VALID))
    place, shape, names = request, SHAPE, path.split(".")
    if names[0] == "InputDataConfig":
        request["InputDataConfig"] = [json.loads(json.dumps(CHANNEL))]
        place, shape, names = (
            request["InputDataConfig"][0],
            SHAPE.members["InputDataConfig"].member,
            names[1:],
        )
    for name in names[:-1]:
        place, shape = place.setdefault(name, {}), shape.members[name]
        shape = shape.member if shape.type_name == "list" else shape
    place[names[-1]] = sample(shape.members[names[-1]])
    return request


@pytest.mark.parametrize("path", options.REFUSED)
def test_what_is_refused_is_refused_in_words(path):
    with pytest.raises(ServiceError, match=r"localaws|Exactly one") as caught:
        check(with_member(path))
    assert caught.value.code == "ValidationException"
    assert path.split(".")[-1] in str(caught.value) or "Channel" in str(caught.value)


@pytest.mark.parametrize("path", options.HARMLESS)
def test_what_is_harmless_goes_on_and_the_log_says_why(path):
    request = with_member(path)
    check(request)
    said = [line for line in notes(request) if path in line]
    assert [line.endswith(f"{options.HARMLESS[path]}.") for line in said] == (
        [] if path in options.UNSAID else [True]
    )


@pytest.mark.parametrize("value", [False, None, "", [], {}])
@pytest.mark.parametrize(
    "path", ["RemoteDebugConfig.EnableRemoteDebug", "DebugHookConfig"]
)
def test_what_is_switched_off_is_not_refused(path, value):
    request = dict(VALID)
    head, _, member = path.partition(".")
    request[head] = {member: value} if member else (value or {})
    check(request)


def test_a_member_that_nobody_has_judged_is_refused():
    with pytest.raises(
        ServiceError, match=r"OfTomorrow\.Enable: localaws does not know it"
    ):
        check({**VALID, "OfTomorrow": {"Enable": True}})


# The defaults of the SDK's version 2.257 for PyTorch and Estimator.
DEFAULTS = {
    "DebugHookConfig": {
        "S3OutputPath": "s3://bucket/out",
        "CollectionConfigurations": [],
    },
    "ProfilerConfig": {"S3OutputPath": "s3://bucket/out", "DisableProfiler": False},
}


def test_what_the_sdks_version_2_sends_by_itself_goes_on():
    check({**VALID, **DEFAULTS})
    check({**VALID, "ProfilerConfig": {"DisableProfiler": True}})


@pytest.mark.parametrize(
    "member",
    [
        {"DebugHookConfig": {"S3OutputPath": "s3://b/x", "LocalPath": "/opt/ml/x"}},
        {"DebugHookConfig": {"CollectionConfigurations": [{"CollectionName": "x"}]}},
        {"ProfilerConfig": {"ProfilingIntervalInMilliseconds": 500}},
        {"ProfilerConfig": {"ProfilingParameters": {"DetailedProfilingConfig": "{}"}}},
    ],
)
def test_what_asks_for_tensors_or_profiles_is_refused(member):
    with pytest.raises(ServiceError, match="localaws does not emulate"):
        check({**VALID, **member})


def toolkit(**values):
    given = {"sagemaker_program": "train.py", **values}
    return {**VALID, "HyperParameters": given}


@pytest.mark.parametrize("name", [*options.LAUNCHERS, "sagemaker_of_tomorrow"])
def test_hyperparameters_that_change_what_runs_are_refused(name):
    with pytest.raises(ServiceError, match=f'hyperparameter "{name}"'):
        check(toolkit(**{name: "true"}))
    for off in ("false", "False", '""', "", "null", "[]", "0"):
        check(toolkit(**{name: off}))
    entry = {"ContainerEntrypoint": ["python", "x"]}  # which reads them as it likes
    algorithm = {**VALID["AlgorithmSpecification"], **entry}
    check({**toolkit(**{name: "true"}), "AlgorithmSpecification": algorithm})


@pytest.mark.parametrize("name", sorted(options.TOOLKIT - {"sagemaker_program"}))
def test_hyperparameters_of_the_toolkit_go_on(name):
    check(toolkit(**{name: "1"}))


@pytest.mark.parametrize(
    ("image", "program", "words"),
    [
        ("382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1", True, '"kmeans"'),
        (
            "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
            False,
            "linear",
        ),
        ("1.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2", True, "no program"),
    ],
)
def test_images_that_cannot_train_here_are_refused(image, program, words):
    request = toolkit() if program else dict(VALID)
    request["AlgorithmSpecification"] = {"TrainingImage": image}
    with pytest.raises(ServiceError, match=words):
        check(request)
    entry = {"TrainingImage": image, "ContainerEntrypoint": ["python", "x.py"]}
    check({**request, "AlgorithmSpecification": entry})


@pytest.mark.parametrize("name", ["sagemaker-xgboost:1.7-1", "xgboost@sha256:00"])
def test_the_algorithm_of_xgboost_has_its_own_metrics(name):
    given = {"TrainingImage": f"1.dkr.ecr.us-east-1.amazonaws.com/{name}"}
    check({**VALID, "AlgorithmSpecification": given})
    own = {**given, "MetricDefinitions": [{"Name": "a", "Regex": "a"}]}
    check({**toolkit(), "AlgorithmSpecification": own})
    with pytest.raises(ServiceError, match="can't override the metric definitions"):
        check({**VALID, "AlgorithmSpecification": own})


@pytest.mark.parametrize("name", ["sagemaker-xgboost:1.7-1", "pytorch-training:2.6"])
def test_images_that_run_a_script_go_on_with_one(name):
    check({**toolkit(), "AlgorithmSpecification": {"TrainingImage": f"x/{name}"}})


def test_records_are_not_wrapped():
    channel = {**CHANNEL, "RecordWrapperType": "RecordIO"}
    with pytest.raises(ServiceError, match='"train": localaws does not wrap'):
        check({**VALID, "InputDataConfig": [channel]})


@pytest.mark.parametrize("place", ["/tb-logs", "/opt/ml", "/opt/ml/../x"])
def test_a_tensorboard_folder_outside_opt_ml_is_refused(place):
    config = {"S3OutputPath": "s3://b/x", "LocalPath": place}
    with pytest.raises(ServiceError, match="TensorBoardOutputConfig: localaws keeps"):
        check({**VALID, "TensorBoardOutputConfig": config})
    with pytest.raises(ServiceError, match="not an S3 URI"):
        check({**VALID, "TensorBoardOutputConfig": {"S3OutputPath": "x"}})


def test_isolation_that_cannot_be_had_is_refused():
    isolated = {**VALID, "EnableNetworkIsolation": True}
    with pytest.raises(ServiceError, match="EnableNetworkIsolation: localaws"):
        check({**isolated, "Environment": {"LOCALAWS_PATHS": "substitution"}})
    machines = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    with pytest.raises(ServiceError, match="EnableNetworkIsolation: localaws"):
        check({**isolated, "ResourceConfig": machines})
