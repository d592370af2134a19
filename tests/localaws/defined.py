"""What the tests of pipelines share: definitions of steps of one line."""

import json

from processing_jobs import IMAGE, ROLE

EXPERIMENT = {
    "ExperimentName": {"Get": "Execution.PipelineName"},
    "TrialName": {"Get": "Execution.PipelineExecutionId"},
}


def definition(*steps, parameters=(), **more):
    """Return the text of a definition, as the SDK writes it."""
    whole = {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": list(parameters),
        "PipelineExperimentConfig": EXPERIMENT,
        "MlflowConfig": None,
        "Steps": list(steps),
        **more,
    }
    return json.dumps(whole)


def parameter(name, kind, default=None, **more):
    """Return a parameter of a definition."""
    value = {} if default is None else {"DefaultValue": default}
    return {"Name": name, "Type": kind, **value, **more}


def step(name, kind, arguments, **more):
    """Return a step of any type."""
    return {"Name": name, "Type": kind, "Arguments": arguments, **more}


def processing(name, code="pass", *, after=(), arguments=None, **more):
    """Return a Processing step that runs a line of Python, or of a shell for "sh: "."""
    shell = code.startswith("sh: ")
    entry = ["sh", "-c", code[4:]] if shell else ["python", "-c", code]
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    request = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": entry},
        "RoleArn": ROLE,
        **(arguments or {}),
    }
    depends = {"DependsOn": list(after)} if after else {}
    return step(name, "Processing", request, **depends, **more)


def condition(name, conditions, yes=(), no=(), **more):
    """Return a Condition step."""
    branches = {"IfSteps": list(yes), "ElseSteps": list(no)}
    return step(name, "Condition", {"Conditions": conditions, **branches}, **more)


def equals(left, right):
    """Return a condition."""
    return {"Type": "Equals", "LeftValue": left, "RightValue": right}


def fail(name, message, **more):
    """Return a Fail step."""
    return step(name, "Fail", {"ErrorMessage": message}, **more)
