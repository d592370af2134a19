"""How the work of a step is named, begun and looked at."""

import re
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from localaws.api.validation import service_model
from localaws.pipelines.works import WORKS, plain

EXECUTION = "p4jn9xou8a8s"


@pytest.mark.parametrize("kind", sorted(WORKS))
def test_its_operations_and_metadata_are_botocores(kind):
    work, model = WORKS[kind], service_model("sagemaker")
    verbs = ("Create", "Describe", "Stop") if work.runs else ("Create", "Describe")
    for verb in verbs:
        asked = model.operation_model(f"{verb}{work.noun}").input_shape.members
        assert work.member in asked
    listed = model.operation_model("ListPipelineExecutionSteps").output_shape
    steps = listed.members["PipelineExecutionSteps"].member
    assert work.metadata in steps.members["Metadata"].members


@pytest.mark.parametrize("kind", sorted(WORKS))
def test_a_name_is_new_and_fits_whatever_the_step_is_called(kind):
    work = WORKS[kind]
    shape = service_model("sagemaker").operation_model(f"Create{work.noun}").input_shape
    limits = shape.members[work.member].metadata
    for step in ("a", "My_Step", "x" * 64, "fashionMNIST-2021-06-11--01-07"):
        for given in ("", "y" * 63):
            one, other = (work.name(EXECUTION, step, given) for _ in range(2))
            assert one != other and (EXECUTION in one or given)
            assert len(one) <= limits["max"]
            assert re.fullmatch(limits.get("pattern", ".*"), one), one


def test_a_name_is_as_in_awss_examples():
    name = WORKS["Processing"].name(EXECUTION, "MyProcessingStep1")
    assert re.fullmatch(r"pipelines-p4jn9xou8a8s-myprocessingstep1-[a-z0-9]{10}", name)
    name = WORKS["Processing"].name(
        "7qjz5e7zwzvd", "fashionMNIST-2021-06-11--01-preprocess"
    )
    assert re.fullmatch(
        r"pipelines-7qjz5e7zwzvd-fashionmnist-2021-06-[a-z0-9]{10}", name
    )
    assert (
        WORKS["Training"].name(EXECUTION, "s", "mine").startswith(f"mine-{EXECUTION}-")
    )


class Client:
    """Stands for SageMaker's: it notes what it is asked, and answers from a table."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def __getattr__(self, name):
        def ask(**members):
            self.asked.append((name, members))
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return dict(answer)

        return ask


MISSING = ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "x")


def test_a_job_is_tagged_with_its_execution_and_step():
    client = Client(create_processing_job={"ProcessingJobArn": "arn"})
    given, ours = (
        {"Tags": [{"Key": "a"}], "RoleArn": "r", "VpcConfig": None},
        [{"Key": "b"}],
    )
    assert WORKS["Processing"].begin(client, given, "n", ours) == ("n", "arn")
    ((_, members),) = client.asked
    assert members == {
        "RoleArn": "r",
        "ProcessingJobName": "n",
        "Tags": [*given["Tags"], *ours],
    }


def test_a_version_is_described_by_its_arn_and_its_group_is_made():
    client = Client(
        describe_model_package_group=MISSING,
        create_model_package_group={},
        create_model_package={"ModelPackageArn": "arn"},
    )
    given = {"ModelPackageGroupName": "g"}
    assert WORKS["RegisterModel"].begin(client, given, "n", [{"Key": "b"}]) == (
        "arn",
        "arn",
    )
    assert [name for name, _ in client.asked][1:] == [
        "create_model_package_group",
        "create_model_package",
    ]
    assert client.asked[-1][1] == given  # without tags and without a name
    client = Client(create_model_package={"ModelPackageArn": "arn"})
    WORKS["RegisterModel"].begin(client, {}, "n", [])
    assert client.asked[0][1] == {"ModelPackageName": "n"}


@pytest.mark.parametrize(
    ("goal", "order"), [("Maximize", "Descending"), ("Minimize", "Ascending")]
)
@pytest.mark.parametrize("place", ["config", "definition", "definitions"])
def test_a_tuning_has_its_best_jobs_first_wherever_its_objective_stands(
    goal, order, place
):
    objective = {"Type": goal, "MetricName": "m"}
    own = {"TuningObjective": objective}
    config = {"HyperParameterTuningJobObjective": objective}
    done = {
        "HyperParameterTuningJobStatus": "Completed",
        "HyperParameterTuningJobConfig": config if place == "config" else {},
        **({"TrainingJobDefinition": own} if place == "definition" else {}),
        **({"TrainingJobDefinitions": [own, own]} if place == "definitions" else {}),
    }
    summaries = {"TrainingJobSummaries": [{"TrainingJobName": "best"}]}
    client = Client(
        describe_hyper_parameter_tuning_job=done,
        list_training_jobs_for_hyper_parameter_tuning_job=summaries,
    )
    seen = WORKS["Tuning"].look(client, "t")
    assert seen.properties["TrainingJobSummaries"][0]["TrainingJobName"] == "best"
    assert client.asked[1][1]["SortOrder"] == order


def test_what_has_no_status_is_complete_and_answers_become_json():
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    client = Client(
        describe_model={"ModelName": "m", "CreationTime": when, "ResponseMetadata": {}}
    )
    seen = WORKS["Model"].look(client, "m")
    assert (seen.status, seen.reason) == ("Completed", "")
    assert seen.properties == {"ModelName": "m", "CreationTime": "2026-01-02T03:04:05Z"}
    assert plain([b"x"]) == ["b'x'"]


def test_what_has_ended_already_is_not_stopped_again():
    client = Client(stop_training_job=MISSING)
    WORKS["Training"].stop(client, "t")
    WORKS["Model"].stop(client, "m")  # there is no such operation
    assert [name for name, _ in client.asked] == ["stop_training_job"]


def test_a_group_that_another_execution_has_just_made_is_used():
    taken = {"Code": "ValidationException", "Message": "Group already exists: arn"}
    client = Client(
        describe_model_package_group=MISSING,
        create_model_package_group=ClientError({"Error": taken}, "Create"),
        create_model_package={"ModelPackageArn": "arn"},
    )
    given = {"ModelPackageGroupName": "g"}
    assert WORKS["RegisterModel"].begin(client, given, "n", []) == ("arn", "arn")
    client.answers["create_model_package_group"] = MISSING
    with pytest.raises(ClientError):
        WORKS["RegisterModel"].begin(client, given, "n", [])
