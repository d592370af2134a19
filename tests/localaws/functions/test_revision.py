"""A function is there again after the server was killed, and no process of it is."""

import json
from contextlib import contextmanager

import psutil
import pytest
from functions_made import packed
from images_made import CLIENT, layer, pushed
from moto.awslambda.models import lambda_backends
from restarts import Restartable

from localaws.functions.revision import HERE, CannotStart, cores, plan_of, unrunnable

SLEEPER = """
import os, subprocess

def handler(event, context):
    if event:
        subprocess.Popen(["sleep", "6789"])
    return "here"
"""


def sleepers():
    rows = psutil.process_iter(["cmdline"])
    return [row for row in rows if row.info["cmdline"] == ["sleep", "6789"]]


def test_functions_outlive_a_server_that_is_killed_and_processes_do_not(restartable):
    functions = restartable.client("lambda")
    role = restartable.said["role_arn"]
    functions.create_function(
        FunctionName="f",
        Runtime=HERE,
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": packed({"app.py": SLEEPER})},
    )
    asked = {"FunctionName": "f", "Payload": b"1"}
    assert json.loads(functions.invoke(**asked)["Payload"].read()) == "here"
    assert len(sleepers()) == 1
    restartable.kill()
    assert sleepers() == []
    functions = restartable.client("lambda")
    answer = functions.invoke(FunctionName="f", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == "here"


WHERE = """
import os, tempfile, inner

def handler(event, context):
    if event:
        raise ValueError("no")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    return [inner.WORD, os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()]
"""


def test_a_function_runs_where_no_path_can_be_shown(elsewhere):
    with started(elsewhere, "--paths", "substitution") as server:
        functions = server.client("lambda")
        content = {"ZipFile": packed({"python/inner.py": "WORD = 1"})}
        layer = functions.publish_layer_version(LayerName="l", Content=content)
        functions.create_function(
            FunctionName="f",
            Runtime=HERE,
            Handler="app.handler",
            Role=server.said["role_arn"],
            Code={"ZipFile": packed({"app.py": WHERE})},
            Layers=[layer["LayerVersionArn"]],
        )
        answer = functions.invoke(FunctionName="f", Payload=b"{}")
        assert json.loads(answer["Payload"].read()) == [1, True]
        answer = functions.invoke(FunctionName="f", Payload=b"1")
        trace = json.loads(answer["Payload"].read())["stackTrace"]
        assert trace[0].startswith('  File "/var/task/app.py", line 6, in handler')


def test_an_image_finds_its_program_where_no_path_can_be_shown(elsewhere):
    with started(elsewhere, "--paths", "substitution") as server:
        uri = pushed(
            layer({"var/task/client.py": CLIENT}),
            ecr=server.client("ecr"),
            Entrypoint=["python3", "/var/task/client.py"],
            Env=["GREETING=hello"],
        )
        functions = server.client("lambda")
        functions.create_function(
            FunctionName="image",
            PackageType="Image",
            Code={"ImageUri": uri},
            Role=server.said["role_arn"],
        )
        answer = functions.invoke(FunctionName="image", Payload=b"{}")
        assert json.loads(answer["Payload"].read()) == {"client": {}}


@contextmanager
def started(environment, *arguments):
    """Run a server of its own."""
    server = Restartable(environment).start(*arguments)
    yield server
    server.localaws("stop")


@pytest.mark.parametrize("runtime", ["nodejs22.x", "python2.7", "", None, "java21"])
def test_other_languages_do_not_run(runtime):
    assert f'"{runtime}" would not run' in unrunnable(runtime)
    assert unrunnable("python3.9") == unrunnable("python3.14") == ""


def test_cores_come_with_memory():
    assert cores(128) == cores(1769) == 1
    assert cores(10_240) <= 5


@pytest.fixture
def function(context):
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam = context.clients.get("iam", "us-east-1")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]
    client = context.clients.get("lambda", "eu-west-1")
    layer = client.publish_layer_version(
        LayerName="l", Content={"ZipFile": packed({"python/x.py": ""})}
    )
    client.create_function(
        FunctionName="f",
        Runtime="python3.9",
        Handler="app.f",
        Role=role["Arn"],
        Code={"ZipFile": packed({"app.py": ""})},
        Layers=[layer["LayerVersionArn"]],
    )
    return client


def plan(qualifier=None):
    backend = lambda_backends["123456789012"]["eu-west-1"]
    return plan_of(backend.get_function("f", qualifier))


def test_a_plan_says_what_matters_to_a_process(function):
    made = plan()
    assert (made.version, made.memory, made.timeout) == ("$LATEST", 128, 3)
    assert made.note == f"localaws: the runtime is python3.9 (here: {HERE})."
    assert made.group == "/aws/lambda/f" and len(made.archives) == 2
    function.publish_version(FunctionName="f")
    assert plan("1").arn == made.arn and plan("1").key != made.key
    function.update_function_configuration(FunctionName="f", Description="d")
    assert plan().key == made.key
    function.update_function_configuration(FunctionName="f", Timeout=9)
    assert plan().key != made.key


def test_a_layer_that_is_gone_is_named(function):
    function.delete_layer_version(LayerName="l", VersionNumber=1)
    with pytest.raises(CannotStart, match="layer:l:1"):
        plan()
