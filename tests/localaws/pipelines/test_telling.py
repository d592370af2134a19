"""The events of an execution, as AWS's page describes them."""

from localaws.pipelines.telling import of_execution

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/myPipeline-123"
RECORD = {
    "PipelineArn": ARN,
    "PipelineExecutionArn": f"{ARN}/execution/p4jn9xou8a8s",
    "PipelineExecutionDisplayName": "mine",
    "PipelineExecutionStatus": "Executing",
    "CreationTime": 1615824193.0,
    "LastModifiedTime": 1615824610.0,
    "_steps": {},
}
JOB = {"ProcessingJob": {"Arn": "arn:aws:sagemaker:us-east-1:1:processing-job/x"}}
STATE = {
    "Type": "Processing",
    "Status": "Executing",
    "StartTime": 1615824194.0,
    "Metadata": JOB,
}


def test_an_execution_tells_its_status_now_and_before():
    (begun,) = of_execution(None, RECORD)
    assert (
        begun.detail_type == "SageMaker Model Building Pipeline Execution Status Change"
    )
    assert begun.resources == [ARN, RECORD["PipelineExecutionArn"]]
    assert begun.detail == {
        "pipelineExecutionDisplayName": "mine",
        "currentPipelineExecutionStatus": "Executing",
        "executionStartTime": "2021-03-15T16:03:13Z",
        "pipelineArn": ARN,
        "pipelineExecutionArn": RECORD["PipelineExecutionArn"],
    }
    after = {**RECORD, "PipelineExecutionStatus": "Failed", "FailureReason": "why"}
    (end,) = of_execution(RECORD, after)
    assert end.detail["previousPipelineExecutionStatus"] == "Executing"
    assert end.detail["executionEndTime"] == "2021-03-15T16:10:10Z"
    assert end.detail["failureReason"] == "why"


def test_a_step_tells_what_it_made_and_what_it_took():
    before = {**RECORD, "_steps": {"s": STATE, "same": STATE}}
    done = {**STATE, "Status": "Succeeded", "EndTime": 1615824609.0, "Cache": "source"}
    (told,) = of_execution(before, {**RECORD, "_steps": {"s": done, "same": STATE}})
    assert (
        told.detail_type
        == "SageMaker Model Building Pipeline Execution Step Status Change"
    )
    assert told.detail == {
        "metadata": {"processingJob": {"arn": JOB["ProcessingJob"]["Arn"]}},
        "stepStartTime": "2021-03-15T16:03:14Z",
        "stepEndTime": "2021-03-15T16:10:09Z",
        "stepName": "s",
        "stepType": "Processing",
        "previousStepStatus": "Executing",
        "currentStepStatus": "Succeeded",
        "cacheHitResult": {"sourcePipelineExecutionArn": "source"},
        "pipelineArn": ARN,
        "pipelineExecutionArn": RECORD["PipelineExecutionArn"],
    }


def test_what_changes_no_status_tells_nothing():
    named = {**RECORD, "PipelineExecutionDisplayName": "other"}
    assert of_execution(RECORD, named) == []
