"""Operations whose work nothing here would do, though moto answers as if it were done.

What only records something (a job's definition, a cluster, an alarm) is left to moto.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from localaws.api.registry import Call
from localaws.neighbours.guards import guard, refused

_RUN = "would run nothing"
_MADE_UP = "would answer with made-up results"
_DETECT = ("DetectKeyPhrases", "DetectPiiEntities", "DetectSentiment")
_FOUND = ("DocumentClassification", "DominantLanguageDetection", "EntitiesDetection")
_MINED = ("EventsDetection", "KeyPhrasesDetection", "PiiEntitiesDetection")
_FELT = ("SentimentDetection", "TargetedSentimentDetection", "TopicsDetection")
_ANALYSES = tuple(f"Start{job}Job" for job in (*_FOUND, *_MINED, *_FELT))

# By service: why, and the operations. Measured: what moto 5.2 says of each is finished,
# or runs for ever, and no script, query, image or text has been looked at.
PRETENDED: dict[str, tuple[str, tuple[str, ...]]] = {
    "application-autoscaling": (
        "would scale nothing",
        ("PutScheduledAction", "DeleteScheduledAction"),
    ),
    "athena": (_MADE_UP, ("StartQueryExecution",)),
    "batch": (_RUN, ("SubmitJob",)),
    "bedrock": ("would train nothing", ("CreateModelCustomizationJob",)),
    "bedrock-runtime": (
        _MADE_UP,
        ("InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"),
    ),
    "codebuild": (_RUN, ("StartBuild",)),
    "codedeploy": ("would deploy nothing", ("CreateDeployment",)),
    "codepipeline": (_RUN, ("StartPipelineExecution",)),
    "comprehend": (_MADE_UP, (*_DETECT, *_ANALYSES, "StartFlywheelIteration")),
    "datapipeline": (_RUN, ("ActivatePipeline",)),
    "datasync": ("would copy nothing", ("StartTaskExecution",)),
    "dms": ("would copy nothing", ("StartReplicationTask",)),
    "ecr": ("would look at no image", ("StartImageScan",)),
    "ecs": (_RUN, ("RunTask", "StartTask", "CreateTaskSet")),
    "eks": (
        "would start no Kubernetes",
        ("CreateCluster", "CreateNodegroup", "CreateFargateProfile"),
    ),
    "elasticbeanstalk": ("would launch nothing", ("CreateEnvironment",)),
    "emr": (_RUN, ("RunJobFlow", "AddJobFlowSteps")),
    "emr-containers": (_RUN, ("StartJobRun",)),
    "emr-serverless": (_RUN, ("StartJobRun",)),
    "fis": (_RUN, ("StartExperiment",)),
    "glue": (
        _RUN,
        ("StartCrawler", "StartJobRun", "StartTrigger", "StartWorkflowRun"),
    ),
    "pipes": ("would carry nothing", ("CreatePipe", "StartPipe")),
    "polly": (_MADE_UP, ("SynthesizeSpeech",)),
    "rds": ("would write nothing", ("StartExportTask",)),
    "rds-data": (_MADE_UP, ("ExecuteStatement", "BatchExecuteStatement")),
    "redshift-data": (_MADE_UP, ("ExecuteStatement", "BatchExecuteStatement")),
    "rekognition": (
        _MADE_UP,
        (
            *("CompareFaces", "DetectCustomLabels", "DetectLabels", "DetectText"),
            *("StartFaceSearch", "StartTextDetection"),
        ),
    ),
    "s3control": (_RUN, ("CreateJob",)),
    "ssm": (_RUN, ("SendCommand",)),
    "stepfunctions": (_RUN, ("StartExecution", "StartSyncExecution")),
    "textract": (
        _MADE_UP,
        ("DetectDocumentText", "StartDocumentAnalysis", "StartDocumentTextDetection"),
    ),
    "timestream-query": (_MADE_UP, ("Query",)),
    "transcribe": (
        _MADE_UP,
        ("StartTranscriptionJob", "StartMedicalTranscriptionJob"),
    ),
}
_OF_SAGEMAKER = re.compile(r"arn:[\w-]+:states:[^:]*:[^:]*:(aws-sdk:)?sagemaker")


def _refuse(service: str, why: str) -> None:
    @guard(service, *PRETENDED[service][1])
    def refuse(call: Call) -> NoReturn:
        raise refused(
            f"localaws does not emulate {call.operation} of {service}: it {why} here."
        )


for _service, (_why, _) in PRETENDED.items():
    _refuse(_service, _why)


@guard("sts", "GetSessionToken", "GetFederationToken")
def refuse_keys_of_no_one(call: Call) -> None:
    """Refuse keys that the door would not take; an open one takes any."""
    if not call.context.open_door:
        raise refused(
            f"localaws does not emulate {call.operation}: its keys would be no one's "
            "keys here. Make a user's key (CreateAccessKey), or assume a role."
        )


@guard("stepfunctions", "CreateStateMachine", "UpdateStateMachine")
def refuse_sagemaker_steps(call: Call) -> None:
    """Refuse a state machine with SageMaker's jobs in it: none would ever start.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    """
    try:
        definition = json.loads(call.input.get("definition") or "{}")
    except ValueError:
        return  # moto says what is wrong with it
    for resource in _resources(definition):
        if _OF_SAGEMAKER.match(resource):
            raise refused(
                f'localaws does not run state machines: "{resource}" would start '
                "nothing. Start the job with boto3 or the SageMaker SDK."
            )


def _resources(node: Any) -> Iterator[str]:
    """Yield what the tasks of a definition name as their resource, at any depth."""
    if isinstance(node, dict):
        if isinstance(node.get("Resource"), str):
            yield node["Resource"]
        node = list(node.values())
    for part in node if isinstance(node, list) else ():
        yield from _resources(part)


@guard("ecs", "UpdateService")
def refuse_running_tasks(call: Call) -> None:
    """Refuse to change how many tasks run: moto says at once that they do."""
    if call.input.get("desiredCount"):
        raise refused(
            "localaws runs no tasks of ECS: a service is a record, whose tasks are "
            "PENDING. Leave desiredCount as it is, or set it to 0."
        )


@guard("logs", "StartQuery")
def refuse_commands(call: Call) -> None:
    """Refuse a query of Logs Insights with commands that moto would pass over.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
    """
    commands = [
        part.split(None, 1)[:1] for part in call.input["queryString"].split("|")
    ]
    names = [name.lower() for command in commands for name in command]
    if unknown := [name for name in names if name not in ("fields", "sort", "limit")]:
        raise refused(
            f'localaws does not emulate "{unknown[0]}" of queries: it would change '
            "nothing here. It has fields, sort and limit; FilterLogEvents filters."
        )


@guard("lambda", "InvokeWithResponseStream")
def refuse_streams(call: Call) -> NoReturn:
    """Refuse an answer in parts: a function's answer is whole here."""
    raise refused("localaws does not stream the answers of functions: use Invoke.")
