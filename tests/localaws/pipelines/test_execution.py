"""Executions on a real server: order, failures, stops, retries, and what is told."""

import json
import re
import time
from itertools import pairwise

import boto3
from defined import condition, definition, fail, parameter, processing, step
from processing_jobs import IMAGE, given, taken
from waiting import until


def get(text):
    return {"Get": text}


def test_values_pass_from_step_to_step(connection, s3, create, begin, ended, steps):
    place = f"s3://{connection.bucket}/pass"
    write = """sh: echo "{\\"n\\": [1, $N]}" > /opt/ml/processing/o/m.json"""
    report = {"PropertyFileName": "report", "OutputName": "out", "FilePath": "m.json"}
    target = {
        "Std:Join": {"On": "/", "Values": [place, get("Execution.PipelineExecutionId")]}
    }
    value = {
        "Std:JsonGet": {
            "PropertyFile": get("Steps.first.PropertyFiles.report"),
            "Path": "n[1]",
        }
    }
    output = taken("out", target, "/opt/ml/processing/o")
    source = given(
        "in",
        get("Steps.first.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
        "/opt/ml/processing/i",
    )
    text = definition(
        processing(
            "first",
            write,
            arguments={
                "ProcessingOutputConfig": {"Outputs": [output]},
                "Environment": {
                    "N": {"Std:Join": {"On": "", "Values": [get("Parameters.n")]}}
                },
            },
            PropertyFiles=[report],
        ),
        condition(
            "large",
            [{"Type": "GreaterThan", "LeftValue": value, "RightValue": 5}],
            yes=[
                processing(
                    "second",
                    "sh: cp /opt/ml/processing/i/m.json /opt/ml/output/message",
                    arguments={"ProcessingInputs": [source]},
                )
            ],
            no=[fail("small", {"Std:Join": {"On": " ", "Values": ["only", value]}})],
        ),
        parameters=[parameter("n", "Integer", 7)],
    )
    name = create(text)
    arn = begin(name)
    found, done = ended(arn), steps(arn)
    assert (found["PipelineExecutionStatus"], list(done)) == (
        "Succeeded",
        ["second", "large", "first"],
    )
    assert done["large"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    job = done["second"]["Metadata"]["ProcessingJob"]["Arn"]
    identifier = arn.rpartition("/")[2]
    assert re.fullmatch(
        rf".*:processing-job/pipelines-{identifier}-second-[a-z0-9]{{10}}", job
    )
    other = begin(name, {"n": "2"})
    found, done = ended(other), steps(other)
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    assert done["small"]["FailureReason"] == "only 2"
    assert done["small"]["Metadata"] == {"Fail": {"ErrorMessage": "only 2"}}
    assert "second" not in done


def test_what_runs_ends_and_nothing_follows_a_failure(create, begin, ended, steps):
    text = definition(
        processing("bad", "sh: echo no data >&2; exit 3"),
        processing("long", "sh: sleep 1"),
        processing("later", after=["long"]),
        processing("never", after=["bad"]),
    )
    arn = begin(create(text))
    assert ended(arn)["PipelineExecutionStatus"] == "Failed"
    done = steps(arn)
    assert {n: one["StepStatus"] for n, one in done.items()} == {
        "bad": "Failed",
        "long": "Succeeded",
    }
    assert "exit code: 3" in done["bad"]["FailureReason"]
    assert done["bad"]["FailureReason"].startswith(
        "ClientError: AlgorithmError: no data"
    )


def test_a_step_that_waits_for_a_failure_runs_after_it(create, begin, ended, steps):
    waits = [{"Step": "bad", "Trigger": "Failed"}]
    bad = processing("bad", "raise SystemExit(1)")
    arn = begin(create(definition(bad, processing("tell", after=waits))))
    assert ended(arn)["PipelineExecutionStatus"] == "CompletedWithFailures"
    assert steps(arn)["tell"]["StepStatus"] == "Succeeded"


def test_what_a_service_refuses_fails_the_step_in_its_words(
    create, begin, ended, steps
):
    wrong = {"AppSpecification": {"ImageUri": "no-such-image"}}
    name = create(definition(processing("a", arguments=wrong)))
    arn = begin(name)
    assert ended(arn)["PipelineExecutionStatus"] == "Failed"
    reason = steps(arn)["a"]["FailureReason"]
    assert reason.startswith(
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: "
    )
    number = {"Environment": {"n": get("Steps.a.ProcessingResources")}}
    arn = begin(create(definition(processing("a"), processing("b", arguments=number))))
    ended(arn)
    assert (
        "Invalid type for parameter Environment.n" in steps(arn)["b"]["FailureReason"]
    )


def test_a_value_that_is_not_there_fails_the_step(create, begin, ended, steps):
    late = fail("b", get("Steps.a.ProcessingOutputConfig.Outputs['x']"))
    arn = begin(create(definition(processing("a"), late)))
    ended(arn)
    assert (
        'has no value: there is no "ProcessingOutputConfig"'
        in steps(arn)["b"]["FailureReason"]
    )


def test_a_function_that_cannot_run_fails_its_step_in_words(
    create, begin, ended, steps
):
    function = {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:absent"}
    outputs = {"OutputParameters": [{"OutputName": "x", "OutputType": "String"}]}
    arn = begin(
        create(definition(step("call", "Lambda", {"a": 1}, **function, **outputs)))
    )
    assert ended(arn)["PipelineExecutionStatus"] == "Failed"
    done = steps(arn)["call"]
    assert done["StepStatus"] == "Failed"
    assert done["FailureReason"].startswith(
        "ClientError: Failed to invoke arn:aws:lambda"
    )


def test_no_more_steps_run_at_once_than_are_allowed(
    sagemaker, create, begin, ended, steps
):
    three = [processing(name, "sh: sleep 0.4") for name in "abc"]
    name = create(
        definition(*three), ParallelismConfiguration={"MaxParallelExecutionSteps": 1}
    )
    arn = begin(name)
    assert ended(arn)["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 1}
    done = sorted(steps(arn).values(), key=lambda one: one["StartTime"])
    assert [one["StepName"] for one in done] == ["a", "b", "c"]
    assert all(one["EndTime"] <= two["StartTime"] for one, two in pairwise(done))
    free = begin(name, ParallelismConfiguration={"MaxParallelExecutionSteps": 3})
    ended(free)
    done = steps(free).values()
    assert max(one["StartTime"] for one in done) < min(one["EndTime"] for one in done)


def test_a_stop_ends_the_jobs_and_a_retry_begins_them_anew(
    sagemaker, s3, connection, create, begin, ended, steps
):
    body = "sh: if [ -e /opt/ml/processing/i/go ]; then exit 0; else sleep 60; fi"
    place = f"s3://{connection.bucket}/stop/"
    s3.put_object(Bucket=connection.bucket, Key="stop/x", Body=b"")
    source = {"ProcessingInputs": [given("i", place, "/opt/ml/processing/i")]}
    text = definition(
        processing("first"),
        processing("long", body, after=["first"], arguments=source),
        processing("last", after=["long"]),
    )
    arn = begin(create(text))
    until(lambda: steps(arn).get("long", {}).get("StepStatus") == "Executing")
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert ended(arn)["PipelineExecutionStatus"] == "Stopped"
    before = steps(arn)
    assert {n: one["StepStatus"] for n, one in before.items()} == {
        "first": "Succeeded",
        "long": "Stopped",
    }
    job = before["long"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    found = sagemaker.describe_processing_job(ProcessingJobName=job)
    assert found["ProcessingJobStatus"] == "Stopped"
    s3.put_object(Bucket=connection.bucket, Key="stop/go", Body=b"")
    sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert ended(arn)["PipelineExecutionStatus"] == "Succeeded"
    after = steps(arn)
    assert after["first"] == before["first"]
    assert after["long"]["Metadata"] != before["long"]["Metadata"]
    assert after["last"]["StepStatus"] == "Succeeded"


def test_a_job_that_someone_else_stops_stops_the_execution(
    sagemaker, create, begin, ended, steps
):
    arn = begin(
        create(
            definition(processing("a", "sh: sleep 60"), processing("b", after=["a"]))
        )
    )
    job = until(lambda: steps(arn).get("a", {}).get("Metadata"))["ProcessingJob"]["Arn"]
    sagemaker.stop_processing_job(ProcessingJobName=job.rpartition("/")[2])
    assert ended(arn)["PipelineExecutionStatus"] == "Stopped"
    assert {n: one["StepStatus"] for n, one in steps(arn).items()} == {"a": "Stopped"}


def test_the_same_work_is_taken_from_the_cache(create, begin, ended, steps):
    cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}
    code = {
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["true", get("Parameters.p")],
        }
    }
    text = definition(
        processing("a", arguments=code, **cache),
        fail("b", get("Steps.a.ProcessingJobName")),
        parameters=[parameter("p", "String", "x")],
    )
    name = create(text)
    first = begin(name)
    ended(first)
    again = begin(name)
    ended(again)
    done, before = steps(again), steps(first)
    assert done["a"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert done["a"]["StepStatus"] == "Succeeded"
    assert done["a"]["Metadata"] == before["a"]["Metadata"]
    assert done["b"]["FailureReason"] == before["b"]["FailureReason"]  # its properties
    other = begin(name, {"p": "y"})
    ended(other)
    assert "CacheHitResult" not in steps(other)["a"]


def test_a_job_that_was_deleted_is_not_taken_from_the_cache(
    create, begin, ended, steps, sagemaker
):
    cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}
    name = create(definition(processing("a", **cache)))
    first = begin(name)
    ended(first)
    job = steps(first)["a"]["Metadata"]["ProcessingJob"]["Arn"]
    sagemaker.delete_processing_job(ProcessingJobName=job.rpartition("/")[2])
    again = begin(name)
    assert ended(again)["PipelineExecutionStatus"] == "Succeeded"
    done = steps(again)["a"]
    assert "CacheHitResult" not in done
    assert done["Metadata"]["ProcessingJob"]["Arn"] != job


def test_selected_steps_run_on_what_an_earlier_execution_made(
    create, begin, ended, steps
):
    text = definition(
        processing("a"),
        processing(
            "b", arguments={"Environment": {"x": get("Steps.a.ProcessingJobName")}}
        ),
        processing("c", after=["b"]),
    )
    name = create(text)
    source = begin(name)
    ended(source)
    chosen = {
        "SelectedSteps": [{"StepName": "b"}],
        "SourcePipelineExecutionArn": source,
    }
    arn = begin(name, SelectiveExecutionConfig=chosen)
    found = ended(arn)
    assert (found["PipelineExecutionStatus"], found["SelectiveExecutionConfig"]) == (
        "Succeeded",
        chosen,
    )
    done, before = steps(arn), steps(source)
    assert set(done) == {"a", "b"}
    assert done["a"]["SelectiveExecutionResult"] == {
        "SourcePipelineExecutionArn": source
    }
    assert done["a"]["Metadata"] == before["a"]["Metadata"]
    assert done["b"]["Metadata"] != before["b"]["Metadata"]


def test_six_steps_cost_little_over_their_scripts(connection, create, begin, ended):
    names = [f"s{number}" for number in range(6)]
    rows = [processing(n, after=names[k - 1 : k]) for k, n in enumerate(names)]
    name, start = create(definition(*rows)), time.monotonic()
    assert ended(begin(name))["PipelineExecutionStatus"] == "Succeeded"
    assert time.monotonic() - start < 8


def test_a_rule_hears_of_the_execution_and_of_its_steps(create, begin, ended):
    rules, sqs = boto3.client("events"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="steps")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:steps"
    begins = "SageMaker Model Building Pipeline Execution"
    pattern = {"source": ["aws.sagemaker"], "detail-type": [{"prefix": begins}]}
    rules.put_rule(Name="steps", EventPattern=json.dumps(pattern))
    rules.put_targets(Rule="steps", Targets=[{"Id": "1", "Arn": arn}])
    execution = begin(create(definition(processing("a"))))
    ended(execution)
    heard = []

    def told():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", ()):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            detail = json.loads(message["Body"])["detail"]
            if detail["pipelineExecutionArn"] == execution:
                named = ("currentStepStatus", "currentPipelineExecutionStatus")
                heard.extend(detail[name] for name in named if name in detail)
        return len(heard) >= 5

    until(told)
    rules.remove_targets(Rule="steps", Ids=["1"])
    assert sorted(heard) == [
        "Executing",
        "Executing",
        "Starting",
        "Succeeded",
        "Succeeded",
    ]


def test_a_server_that_was_killed_goes_on_where_it_was(restartable):
    """A job that the end of the server ended is tried again if a policy says so."""
    internal = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 2}
    policies = {"RetryPolicies": [{**internal, "IntervalSeconds": 0}]}
    place = f"s3://{restartable.said['bucket']}/kept/"
    source = {"ProcessingInputs": [given("i", place, "/opt/ml/processing/i")]}
    code = "sh: if [ -e /opt/ml/processing/i/go ]; then exit 0; else sleep 60; fi"
    waits = processing("wait", code, after=["first"], arguments=source, **policies)
    last = processing("last", after=["wait"])
    client, s3 = restartable.client("sagemaker"), restartable.client("s3")
    s3.put_object(Bucket=restartable.said["bucket"], Key="kept/x", Body=b"")
    names = {"again": definition(processing("first"), waits, last)}
    names["lost"] = definition(processing("wait", "sh: sleep 60"))
    names["whole"] = definition(processing("first"))
    role, arns = restartable.said["role_arn"], {}
    for name, text in names.items():
        client.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=role)
        answer = client.start_pipeline_execution(PipelineName=name)
        arns[name] = {"PipelineExecutionArn": answer["PipelineExecutionArn"]}

    def statuses(name):
        rows = client.list_pipeline_execution_steps(**arns[name])
        return {
            one["StepName"]: one["StepStatus"] for one in rows["PipelineExecutionSteps"]
        }

    def described(name):
        found = client.describe_pipeline_execution(**arns[name])
        return {n: value for n, value in found.items() if n != "ResponseMetadata"}

    for name in ("again", "lost"):
        until(lambda name=name: statuses(name).get("wait") == "Executing")
    until(lambda: described("whole")["PipelineExecutionStatus"] == "Succeeded")
    before = described("whole")
    s3.put_object(Bucket=restartable.said["bucket"], Key="kept/go", Body=b"")
    restartable.kill()
    client = restartable.client("sagemaker")
    assert described("whole") == before
    until(lambda: described("lost")["PipelineExecutionStatus"] == "Failed")
    (step,) = client.list_pipeline_execution_steps(**arns["lost"])[
        "PipelineExecutionSteps"
    ]
    assert step["FailureReason"] == (
        "InternalServerError: the localaws server ended while the job ran."
    )
    until(lambda: described("again")["PipelineExecutionStatus"] == "Succeeded", 40)
    assert statuses("again") == dict.fromkeys(["first", "wait", "last"], "Succeeded")
    rows = client.list_pipeline_execution_steps(**arns["again"])
    assert [one["AttemptCount"] for one in rows["PipelineExecutionSteps"]] == [1, 2, 1]
