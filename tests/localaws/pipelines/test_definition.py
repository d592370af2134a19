"""Definitions: what of them is kept, and what is refused before anything runs."""

import json

import pytest
from defined import condition, definition, equals, fail, parameter, processing, step

from localaws.api.errors import ServiceError
from localaws.pipelines.definition import KINDS, REFUSED, Need, parse


def get(text):
    return {"Get": text}


def test_steps_are_found_in_branches_and_know_what_they_come_after():
    made = parse(
        definition(
            processing("a"),
            condition(
                "c",
                [equals(get("Steps.a.ProcessingJobStatus"), "Completed")],
                yes=[
                    processing(
                        "b", arguments={"Environment": {"x": get("Parameters.p")}}
                    )
                ],
                no=[fail("f", get("Steps.a.ExitMessage"))],
                DependsOn=["a"],
            ),
            processing("d", after=["a", {"Step": "c", "Trigger": "Failed"}]),
            parameters=[parameter("p", "String", "x", EnumValues=["x", "y"])],
        )
    )
    steps = made.steps
    assert list(steps) == ["a", "c", "b", "f", "d"]
    assert steps["c"].needs == (Need("a"),) and steps["b"].needs == ()
    assert (steps["b"].condition, steps["b"].outcome) == ("c", "True")
    assert (steps["f"].outcome, steps["f"].befores) == ("False", ["a", "c"])
    assert steps["d"].needs == (Need("a"), Need("c", "Failed"))
    assert steps["c"].arguments.keys() == {"Conditions"}
    assert made.parameters["p"].choices == ("x", "y")


def test_a_step_knows_its_policies_cache_and_property_files():
    policy = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2}
    file = {"PropertyFileName": "f", "OutputName": "o", "FilePath": "m.json"}
    cache = {"Enabled": True, "ExpireAfter": "PT1H"}
    more = {"RetryPolicies": [policy], "PropertyFiles": [file], "CacheConfig": cache}
    rows = [processing("a", **more), processing("b", CacheConfig={"Enabled": False})]
    a, b = parse(definition(*rows)).steps.values()
    assert (a.policies, a.cached, a.file("f"), a.file("g")) == (
        [policy],
        3600,
        file,
        None,
    )
    assert (b.policies, b.cached) == ([], 0)


CALLED = {
    "AlgorithmSpecification": {"ContainerEntrypoint": ["amazon_sagemaker_scheduler"]}
}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ('{"Version": NaN}', "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        (json.dumps({"Version": "2021"}), 'must be "2020-12-01"'),
        (definition(), "It has 0 steps"),
        (definition(*(processing(f"s{n}") for n in range(51))), "It has 51 steps"),
        (definition(processing("a"), processing("a")), 'Two steps have the name "a"'),
        (definition(processing("a b")), "letters, digits"),
        (definition({"Name": "a", "Type": "Processing"}), "has no Arguments"),
        (definition(step("a", "Nothing", {})), "localaws knows Processing"),
        (
            definition(step("a", "Training", CALLED)),
            "'NotebookJob', which .* papermill",
        ),
        (definition(step("a", "Lambda", {})), "has no FunctionArn"),
        (definition(processing("a", after=["b"])), 'needs the step "b", which is not'),
        (definition(processing("a", after=[{"Step": "a", "Trigger": "x"}])), "Trigger"),
        (definition(processing("a", after=[7])), "DependsOn has 7"),
        (
            definition(processing("a", after=["b"]), processing("b", after=["a"])),
            "in a circle: [ab] -> [ab]",
        ),
        (
            definition(fail("a", get("Parameters.p"))),
            '"Parameters.p", which is not there',
        ),
        (definition(fail("a", get("Steps.b.X"))), 'step "b", which is not there'),
        (definition(fail("a", get("Execution.Mood"))), "Execution.Mood"),
        (definition(fail("a", get("x"))), "must begin with"),
        (
            definition(
                processing("a"),
                fail(
                    "b",
                    {
                        "Std:JsonGet": {
                            "PropertyFile": get("Steps.a.PropertyFiles.f"),
                            "Path": "x",
                        }
                    },
                ),
            ),
            'property file "f", which the step "a" does not have',
        ),
        (
            definition(processing("a", PropertyFiles=[{}])),
            "must have a PropertyFileName",
        ),
        (definition(processing("a", RetryPolicies=[7])), "a policy is 7"),
        (definition(processing("a", CacheConfig={"Enabled": True})), "ExpireAfter"),
        (
            definition(
                processing("a", CacheConfig={"Enabled": "false", "ExpireAfter": "1d"})
            ),
            "Enabled of CacheConfig is 'false'; it must be true or false",
        ),
        (
            definition(processing("a", RetryPolicy=[])),
            "The step \"a\" has the unknown member 'RetryPolicy'",
        ),
        (
            definition(processing("a"), Parameter=[]),
            "The pipeline has the unknown member 'Parameter'",
        ),
        (
            definition(
                fail("a", "x", CacheConfig={"Enabled": True, "ExpireAfter": "1d"})
            ),
            "type Fail has no cache",
        ),
        (definition(condition("c", [{"Type": "x"}])), "condition of type 'x'"),
        (definition(processing("a"), parameters=[{}]), "must have a Name"),
        (
            definition(
                processing("a"),
                parameters=[parameter("p", "String"), parameter("p", "Integer", 1)],
            ),
            'Two parameters have the name "p"',
        ),
        (
            definition(processing("a"), parameters=[parameter("p", "List")]),
            "of type 'List'",
        ),
        (
            definition(processing("a"), parameters=[parameter("p", "Integer", "1")]),
            "is no Int",
        ),
        (
            definition(
                processing("a"),
                parameters=[parameter("p", "String", "z", EnumValues=["x"])],
            ),
            "is no choice",
        ),
        (
            definition(processing("a"), MlflowConfig={"MlflowResourceArn": "x"}),
            "MLflow",
        ),
        (
            definition(
                processing("a"), PipelineExperimentConfig={"x": get("Steps.a.y")}
            ),
            'experiment refers to "Steps.a.y", a step',
        ),
        (definition(processing("a"), Steps=7), "Steps of the pipeline must be a list"),
        (
            definition(processing("a"), PipelineExperimentConfig=[1]),
            "must be an object",
        ),
    ],
)
def test_a_bad_definition_is_told(text, why):
    with pytest.raises(ServiceError, match=why) as caught:
        parse(text)
    assert caught.value.code == "ValidationException"
    assert caught.value.message.startswith("Unable to parse pipeline definition. ")


@pytest.mark.parametrize("kind", sorted({*REFUSED} - {"NotebookJob"}))
def test_what_is_not_run_here_is_refused_in_words(kind):
    with pytest.raises(ServiceError, match="localaws does not run: it"):
        parse(definition(step("a", kind, {})))


def test_each_type_of_step_of_the_sdk_is_run_or_refused_in_words(connection):
    from sagemaker.mlops.workflow.steps import StepTypeEnum

    assert {one.value for one in StepTypeEnum} <= {*KINDS, *REFUSED}
