"""A function of a container image: pushed layer by layer, and run."""

import io
import time
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from functions_made import ROLE, ask, lambdas, packed, said
from images_made import CLIENT, layer, pushed
from moto.awslambda.models import ImageConfig

from localaws.api.errors import ServiceError
from localaws.functions.image import apply, flattened, started

BASE = {"Entrypoint": ["/lambda-entrypoint.sh"], "WorkingDir": "/var/task"}
ECHO = "def handler(event, context):\n    return {'got': event}\n"


def create(uri, **members):
    name = f"f-{time.time_ns()}"
    lambdas().create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": uri},
        Role=ROLE,
        **members,
    )
    return name


def test_an_image_answers_by_its_handler(connection):
    lower = layer({"var/task/app.py": "no python", "var/task/gone.txt": "x"})
    upper = layer({"var/task/app.py": ECHO, "var/task/.wh.gone.txt": ""})
    uri = pushed(lower, upper, **BASE, Cmd=["app.handler"], Env=["A_B=image"])
    name = create(uri)
    answer = ask(name, {"a": 1}, LogType="Tail")
    assert answer["Payload"] == {"got": {"a": 1}}
    assert any("AWS could not start it" in line for line in said(name, "brings none"))
    found = lambdas().get_function(FunctionName=name)
    told = boto3.client("ecr").describe_images(
        repositoryName=uri.partition("/")[2].partition(":")[0]
    )["imageDetails"][0]
    assert told["imageDigest"].endswith(found["Configuration"]["CodeSha256"])
    assert found["Code"]["ResolvedImageUri"].endswith(told["imageDigest"])


def test_a_client_of_the_images_own_speaks_the_runtime_api(connection):
    uri = pushed(
        layer({"var/task/client.py": CLIENT}),
        Entrypoint=["python3"],
        Cmd=["client.py"],
        Env=["GREETING=hello", "PATH=/x"],
    )
    name = create(uri)
    begun = time.monotonic()
    assert ask(name, {"b": 2})["Payload"] == {"client": {"b": 2}}
    for _ in range(5):
        ask(name)
    assert time.monotonic() - begun < 5, "it waits for no mark of ours"
    assert "client hello" in said(name, "client hello")


def test_the_functions_settings_come_before_the_images(connection):
    code = "import os\ndef other(event, context):\n    return os.environ['A_B']\n"
    uri = pushed(
        layer({"var/task/app.py": ECHO + code}),
        **BASE,
        Cmd=["app.handler"],
        Env=["A_B=image"],
    )
    name = create(uri, ImageConfig={"Command": ["app.other"]})
    assert ask(name)["Payload"] == "image"
    lambdas().update_function_configuration(
        FunctionName=name, Environment={"Variables": {"A_B": "function"}}
    )
    assert ask(name)["Payload"] == "function"
    lambdas().update_function_configuration(FunctionName=name, ImageConfig={})
    assert ask(name, {"c": 3})["Payload"] == {"got": {"c": 3}}


def test_new_code_is_an_image_too(connection):
    name = create(pushed(layer({"var/task/app.py": ECHO}), **BASE, Cmd=["app.handler"]))
    ask(name)
    later = "def handler(event, context):\n    return 'new'\n"
    other = pushed(layer({"var/task/app.py": later}), **BASE, Cmd=["app.handler"])
    with pytest.raises(ClientError, match="ImageUri"):
        lambdas().update_function_code(FunctionName=name, ZipFile=packed({"a": ""}))
    lambdas().update_function_code(FunctionName=name, ImageUri=other)
    assert ask(name)["Payload"] == "new"


def test_what_is_not_there_or_would_not_run_is_refused(connection):
    with pytest.raises(ClientError, match="does not exist"):
        create("123456789012.dkr.ecr.us-east-1.amazonaws.com/nowhere:1")
    with pytest.raises(ClientError, match="entry point is Python"):
        create(pushed(layer({"a": "b"}), Entrypoint=["/bin/server"]))
    with pytest.raises(ClientError, match="provide Handler"):
        create(pushed(layer({"a": "b"}), **BASE), Handler="app.handler")
    with pytest.raises(ClientError, match="would leave the folder"):
        create(pushed(layer({"../a": "b"}), **BASE, Cmd=["app.handler"]))


@pytest.mark.parametrize(
    ("config", "given", "words"),
    [
        ({"WorkingDir": "/function", "Cmd": ["a.b"]}, {}, "WORKDIR /var/task"),
        (BASE, {}, "no handler"),
        ({"Entrypoint": ["python3", "-m", "awslambdaric"]}, {}, "no handler"),
        (
            {**BASE, "Cmd": ["a.b"]},
            {"EntryPoint": ["sh", "-c"]},
            "entry point is Python",
        ),
    ],
)
def test_how_an_image_starts_is_refused_in_words(config, given, words):
    with pytest.raises(ServiceError) as caught:
        started(config, ImageConfig(given))
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("entry", "command", "handler", "program"),
    [
        ([], ["a.b"], "a.b", ()),
        (["/lambda-entrypoint.sh"], ["a.b"], "a.b", ()),
        (["/usr/bin/python3.12", "-m", "awslambdaric"], ["a.b"], "a.b", ()),
        (["python", "-m", "other"], ["x"], "", ("-m", "other", "x")),
    ],
)
def test_a_start_is_a_handler_or_a_program(entry, command, handler, program):
    start = started({"Entrypoint": entry, "Cmd": command}, ImageConfig({}))
    assert (start.handler, start.program) == (handler, program)


def test_layers_replace_and_remove(tmp_path):
    layers = [tmp_path / "1", tmp_path / "2"]
    layers[0].write_bytes(
        layer({"opt/a/1": "1", "opt/a/2": "2", "opt/b": "file", "opt/c/x": "x"})
    )
    upper = {"opt/a/.wh..wh..opq": "", "opt/a/3": "3", "opt/b/y": "y", "opt/.wh.c": ""}
    layers[1].write_bytes(layer({**upper, "usr/bin/python3": ""}))
    archive, python = flattened(layers, tmp_path)
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert sorted(names) == ["layers/a/3", "layers/b/y"] and python


def test_no_layer_writes_through_a_link_of_another(tmp_path):
    (outside := tmp_path / "outside").mkdir()
    (outside / "kept").write_text("kept")
    whole, later = tmp_path / "whole", tmp_path / "later"
    whole.mkdir()
    (whole / "a").symlink_to(outside)
    (later / "a").mkdir(parents=True)
    (later / "a/kept").write_text("changed")
    (later / "a/.wh.kept").write_text("")
    apply(later, whole)
    assert (outside / "kept").read_text() == "kept"
    assert (whole / "a/kept").read_text() == "changed" and Path(whole / "a").is_dir()
