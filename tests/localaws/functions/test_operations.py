"""A function is invoked, and does what it would do on AWS."""

import base64
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from botocore.exceptions import ClientError
from functions_made import ask, create, lambdas, packed, said

ECHO = "def handler(event, context):\n    return {'got': event}\n"


def test_a_function_answers_what_its_handler_returns(connection):
    answer = ask(create(ECHO), {"a": [1, "é"]})
    assert answer["Payload"] == {"got": {"a": [1, "é"]}}
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer
    assert answer["ExecutedVersion"] == "$LATEST"


def test_an_exception_is_told_as_unhandled(connection):
    code = "def handler(event, context):\n    return inner()\n\n"
    code += "def inner():\n    raise ValueError('too many')\n"
    name = create(code)
    answer = ask(name, LogType="Tail")
    assert answer["FunctionError"] == "Unhandled" and answer["StatusCode"] == 200
    told = answer["Payload"]
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "too many")
    assert told["requestId"] == answer["ResponseMetadata"]["RequestId"]
    places = [frame.splitlines()[0].strip() for frame in told["stackTrace"]]
    assert places == [
        'File "/var/task/app.py", line 2, in handler',
        'File "/var/task/app.py", line 5, in inner',
    ]
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "[ERROR] ValueError: too many" in tail and "REPORT RequestId" in tail


@pytest.mark.parametrize(
    ("handler", "code", "kind", "words"),
    [
        ("nowhere.f", ECHO, "ImportModuleError", "No module named 'nowhere'"),
        ("app.f", ECHO, "HandlerNotFound", "Handler 'f' missing on module 'app'"),
        ("app", ECHO, "MalformedHandlerName", "Bad handler 'app'"),
        ("app.f", "def f(:\n", "UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("app.f", "import no_such_lib", "ImportModuleError", "no_such_lib"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_told(connection, handler, code, kind, words):
    answer = ask(create(code, Handler=handler))
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == f"Runtime.{kind}"
    assert words in answer["Payload"]["errorMessage"]


def test_what_is_no_json_is_told(connection):
    answer = ask(create("def handler(event, context):\n    return {1, 2}\n"))
    assert answer["Payload"]["errorType"] == "Runtime.MarshalError"


def test_a_handler_that_is_late_is_ended(connection):
    code = "import time\n\ndef handler(event, context):\n    time.sleep(60)\n"
    name = create(code, Timeout=1)
    answer = ask(name)
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in answer["Payload"]["errorMessage"]
    assert "Task timed out after 1.00 seconds" in "".join(said(name, "timed out"))


CONTEXT = """
import os, sys

def handler(event, context):
    names = event["names"]
    told = {name: os.environ.get(name) for name in names}
    for name in ("function_name", "function_version", "invoked_function_arn",
                 "memory_limit_in_mb", "log_group_name", "aws_request_id"):
        told[name] = getattr(context, name)
    told["left"] = context.get_remaining_time_in_millis()
    told["cwd"] = os.getcwd()
    return told
"""


def test_a_function_finds_its_context_and_variables(connection):
    variables = {"Variables": {"TABLE": "x", "PATHS": "/opt/ml"}}
    name = create(CONTEXT, Environment=variables, MemorySize=256, Timeout=7)
    names = ["TABLE", "_HANDLER", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME"]
    names += ["LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY_ID", "PATHS"]
    answer = ask(name, {"names": names})
    told = answer["Payload"]
    assert told["TABLE"] == "x" and told["_HANDLER"] == "app.handler"
    assert told["AWS_REGION"] == "us-east-1" and told["PATHS"] == "/opt/ml"
    assert told["AWS_LAMBDA_FUNCTION_NAME"] == told["function_name"] == name
    assert told["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert told["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert told["invoked_function_arn"].endswith(f":function:{name}")
    assert told["memory_limit_in_mb"] == "256"
    assert told["log_group_name"] == f"/aws/lambda/{name}"
    assert told["aws_request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert 5000 < told["left"] <= 7000
    assert told["LAMBDA_TASK_ROOT"] == told["cwd"] == "/var/task"


WHO = """
import boto3, os

def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


def test_a_function_is_its_role(connection):
    name = create(WHO, MemorySize=512, Timeout=20)
    arn = ask(name)["Payload"]
    assert arn.endswith(f":assumed-role/SageMakerExecutionRole/{name}")


COUNT = """
import os
made = {"count": 0}
print("loaded")

def handler(event, context):
    made["count"] += 1
    print("called", made["count"])
    return [os.getpid(), made["count"]]
"""


def test_a_warm_process_is_used_again_until_the_function_changes(connection):
    name = create(COUNT)
    first, second = ask(name)["Payload"], ask(name)["Payload"]
    assert (first[1], second[1]) == (1, 2) and first[0] == second[0]
    lambdas().update_function_configuration(FunctionName=name, Description="other")
    assert ask(name)["Payload"] == [first[0], 3]  # its processes do not see that
    lambdas().update_function_configuration(
        FunctionName=name, Environment={"Variables": {"AB": "1"}}
    )
    assert ask(name)["Payload"][1] == 1
    changed = packed({"app.py": "def handler(event, context):\n    return 'new'\n"})
    lambdas().update_function_code(FunctionName=name, ZipFile=changed)
    assert ask(name)["Payload"] == "new"
    lines = said(name, "called 3")
    start = [line.split(" ")[0].split("\t")[0] for line in lines]
    assert start[:6] == ["INIT_START", "loaded", "START", "called", "END", "REPORT"]
    assert "Init Duration" in lines[5] and "Init Duration" not in lines[9]


def test_requests_at_once_have_processes_of_their_own(connection):
    code = "import os, time\n\ndef handler(event, context):\n"
    code += "    time.sleep(0.5)\n    return os.getpid()\n"
    name = create(code)
    with ThreadPoolExecutor(3) as threads:
        pids = list(threads.map(lambda _: ask(name)["Payload"], range(3)))
    assert len(set(pids)) == 3


def test_reserved_concurrency_throttles(connection):
    name = create("import time\n\ndef handler(event, context):\n    time.sleep(1)\n")
    reserve = lambdas().put_function_concurrency
    reserve(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(lambdas().exceptions.TooManyRequestsException) as caught:
        ask(name)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    reserve(FunctionName=name, ReservedConcurrentExecutions=1)

    def status(_):
        try:
            return ask(name)["StatusCode"]
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(status, range(2))) == [200, 429]


def test_versions_stay_as_they_were_and_aliases_lead_to_them(connection):
    name, functions = create("def handler(event, context):\n    return 1\n"), lambdas()
    assert functions.publish_version(FunctionName=name)["Version"] == "1"
    code = packed({"app.py": "def handler(event, context):\n    return 2\n"})
    functions.update_function_code(FunctionName=name, ZipFile=code)
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    for qualifier, value, version in [
        ("1", 1, "1"),
        ("live", 1, "1"),
        ("$LATEST", 2, "$LATEST"),
    ]:
        answer = ask(name, Qualifier=qualifier)
        assert (answer["Payload"], answer["ExecutedVersion"]) == (value, version)
    assert ask(f"{name}:live")["Payload"] == 1
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert ask(f"{arn}:1")["Payload"] == 1 and ask(arn)["Payload"] == 2
    assert ask(f"123456789012:function:{name}")["Payload"] == 2
    functions.publish_version(FunctionName=name)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    functions.update_alias(FunctionName=name, Name="live", RoutingConfig=weights)
    assert {ask(name, Qualifier="live")["Payload"] for _ in range(40)} == {1, 2}
    for given, words in [
        ({"2": 1.5}, "less than or equal to 1"),
        ({"99": 0.5}, "Function not found"),
        ({"1": 0.5}, "already included"),
        ({"1": 0.1, "2": 0.1}, "cannot be greater than 1"),
        ({"$LATEST": 0.5}, "not supported for an alias"),
    ]:
        weights = {"AdditionalVersionWeights": given}
        with pytest.raises(ClientError, match=words):
            functions.update_alias(
                FunctionName=name, Name="live", RoutingConfig=weights
            )
    with pytest.raises(ClientError, match="is a number"):
        functions.create_alias(FunctionName=name, Name="7", FunctionVersion="1")


def test_a_function_that_is_not_there_is_not_found(connection):
    with pytest.raises(lambdas().exceptions.ResourceNotFoundException, match="nowhere"):
        ask("nowhere")
    name = create(ECHO)
    with pytest.raises(
        lambdas().exceptions.ResourceNotFoundException, match=f"{name}:7"
    ):
        ask(name, Qualifier="7")


def test_a_dry_run_runs_nothing(connection):
    name = create(ECHO)
    answer = ask(name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204 and answer["Payload"] is None
    assert said(name, seconds=0) == []


def test_events_and_answers_have_limits(connection):
    code = "def handler(event, context):\n    return 'x' * event.get('n', 1)\n"
    name = create(code, MemorySize=512)
    with pytest.raises(ClientError) as caught:
        ask(name, {"x": "y" * 6 * 1024 * 1024})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    answer = ask(name, {"n": 6 * 1024 * 1024})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"
    assert len(ask(name, {"n": 6 * 1024 * 1024 - 2})["Payload"]) == 6 * 1024 * 1024 - 2
    with pytest.raises(ClientError, match="Could not parse"):
        lambdas().invoke(FunctionName=name, Payload=b"{no")


def test_layers_are_found_below_opt(connection):
    functions, arns = lambdas(), []
    files = {"python/inner.py": "WORD = 'layer'\n", "data.txt": "given"}
    second = {"python/lib/python3.11/site-packages/deep.py": "WORD = 'deep'\n"}
    for name, content in [("one", files), ("two", {**second, "data.txt": "later"})]:
        made = functions.publish_layer_version(
            LayerName=name, Content={"ZipFile": packed(content)}
        )
        arns.append(made["LayerVersionArn"])
    code = "import inner, deep\n\ndef handler(event, context):\n"
    code += "    return [inner.WORD, deep.WORD]\n"
    assert ask(create(code, Layers=arns))["Payload"] == ["layer", "deep"]


def test_code_is_read_only_and_tmp_has_its_size(connection):
    code = """
def handler(event, context):
    told = []
    for path, size in [("/var/task/new", 1), ("/tmp/a", 400), ("/tmp/b", 200)]:
        try:
            with open(path, "wb") as file:
                for _ in range(size):
                    file.write(bytes(1024 * 1024))
            told.append("written")
        except OSError as error:
            told.append(error.strerror)
    return told
"""
    name = create(code, MemorySize=512, Timeout=30)
    expected = ["Read-only file system", "written", "No space left on device"]
    assert ask(name)["Payload"] == expected


def test_a_function_that_takes_too_much_memory_is_ended(connection):
    code = "import time\n\ndef handler(event, context):\n"
    code += (
        "    kept = bytearray(300 * 1024 * 1024)\n    time.sleep(event.get('s', 0))\n"
    )
    name = create(code, Timeout=20)
    for seconds in (0, 10):  # it is seen at the end, or meanwhile
        answer = ask(name, {"s": seconds})
        assert answer["Payload"]["errorType"] == "Runtime.ExitError"
        assert "signal: killed" in answer["Payload"]["errorMessage"]
    assert "Max Memory Used: 128 MB" in "".join(said(name, "Max Memory"))


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("sys.exit(3)", "exit status 3"),
        ("sys.exit(0)", "without providing a reason"),
        ("os.kill(os.getpid(), 9)", "signal: killed"),
        ("os.kill(os.getppid(), 9); os.kill(os.getpid(), 9)", "signal: killed"),
        ("os.closerange(0, 50); os._exit(1)", "exit status 1"),
    ],
)
def test_a_function_that_ends_itself_is_told_and_comes_again(connection, end, words):
    code = "import os, sys, time\n\ndef handler(event, context):\n"
    code += f"    if event: {end}\n"
    name = create(code)
    answer = ask(name, {"a": 1})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert words in answer["Payload"]["errorMessage"]
    assert "FunctionError" not in ask(name)


def test_what_a_function_forks_ends_with_it(connection):
    code = """
import os, time
from pathlib import Path

def handler(event, context):
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            os.execvp("sleep", ["sleep", "4321"])
    time.sleep(30)
"""
    assert "timed out" in ask(create(code, Timeout=1))["Payload"]["errorMessage"]
    left = [p.info["cmdline"] for p in psutil.process_iter(["cmdline"])]
    assert ["sleep", "4321"] not in left


def test_a_log_that_is_filled_is_cut_and_the_function_goes_on(connection):
    code = "def handler(event, context):\n"
    code += (
        "    for _ in range(event['n']):\n        print('x' * 60_000)\n    return 1\n"
    )
    name = create(code, Timeout=60)
    assert ask(name, {"n": 1000})["Payload"] == 1
    assert ask(name, {"n": 1})["Payload"] == 1


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Runtime": "nodejs22.x"}, "Python"),
        ({"Runtime": "provided.al2023"}, "Python"),
        ({"Timeout": 901}, "less than or equal to 900"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"AB": "x" * 5000}}}, "4KB limit"),
    ],
)
def test_what_would_not_run_is_refused_when_it_is_made(connection, members, words):
    with pytest.raises(ClientError, match=words):
        create(ECHO, **members)


def test_another_python_is_named_in_the_log(connection):
    name = create(ECHO, Runtime="python3.9")
    ask(name)
    assert "the runtime is python3.9 (here: python3.11)" in "".join(said(name, "here"))
