"""A container's model is fetched and unpacked once, and its framework is known."""

import io
import tarfile

import pytest

from localaws.models import containers
from localaws.models.containers import CannotDeploy, Container

DKR = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
SOURCE = {"S3Uri": "s3://shelf/m/", "S3DataType": "S3Prefix", "CompressionType": "None"}


@pytest.fixture
def s3(context):
    client = context.clients.get("s3", "us-east-1")
    client.create_bucket(Bucket="shelf")
    return client


@pytest.fixture
def make(context, tmp_path):
    """Return a function that makes a container of a definition."""
    context.paths = "substitution"

    def made(definition):
        place = {"folder": tmp_path / "c", "instance_type": "ml.m5.large"}
        where = {"region": "us-east-1", "context": context}
        return Container("primary", 1, definition, **place, **where)

    return made


def archive(s3, key, **files):
    """Upload an archive and return its address."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    s3.put_object(Bucket="shelf", Key=key, Body=buffer.getvalue())
    return f"s3://shelf/{key}"


def model(container):
    """Return the files of a container's model."""
    root = container.sandbox.host(containers.MODEL)
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_text() for path in paths}


def test_a_model_is_fetched_once_even_by_the_next_server(make, s3):
    url = archive(s3, "m.tar.gz", weights="42", code__serve="x")
    make({"ModelDataUrl": url}).prepare()
    s3.delete_object(Bucket="shelf", Key="m.tar.gz")
    again = make({"ModelDataUrl": url})
    again.prepare()
    assert model(again) == {"weights": "42", "code/serve": "x"}
    assert (again.folder / "env/bin/python").exists()


def test_a_model_that_was_half_unpacked_is_fetched_again(make, s3):
    url = archive(s3, "m.tar.gz", weights="42")
    made = make({"ModelDataUrl": url})
    made.prepare()
    (made.folder / containers.COMPLETE).unlink()
    (made.sandbox.host(containers.MODEL) / "half").touch()
    again = make({"ModelDataUrl": url})
    again.prepare()
    assert model(again) == {"weights": "42"}


def test_scripts_come_from_an_archive_of_their_own_unless_the_model_has_some(make, s3):
    code = archive(s3, "code.tar.gz", inference="theirs")
    definition = {"Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": code}}
    for own, expected in (("weights", "theirs"), ("code__inference", "own")):
        url = archive(s3, f"{own}.tar.gz", **{own: "own"})
        made = make({**definition, "ModelDataUrl": url})
        made.prepare()
        assert model(made)["code/inference"] == expected
        (made.folder / containers.COMPLETE).unlink()


@pytest.mark.parametrize("named", ["/opt/ml/model/src", "file:///opt/ml/model/src"])
def test_scripts_see_the_folders_wherever_the_variable_says_they_are(make, s3, named):
    url = archive(s3, "m.tar.gz", src__serve="/opt/ml/model", weights="/opt/ml/model")
    variables = {"SAGEMAKER_SUBMIT_DIRECTORY": named}
    made = make({"ModelDataUrl": url, "Environment": variables})
    made.prepare()
    here = str(made.sandbox.host(containers.MODEL))
    assert model(made) == {"src/serve": here, "weights": "/opt/ml/model"}


def test_a_prefix_becomes_a_folder(make, s3):
    for key in ("m/weights", "m/code/inference.py", "m/empty/", "mine"):
        s3.put_object(Bucket="shelf", Key=key, Body=key.encode())
    made = make({"ModelDataSource": {"S3DataSource": SOURCE}})
    made.prepare()
    expected = {"weights": "m/weights", "code/inference.py": "m/code/inference.py"}
    assert model(made) == expected


def test_a_key_that_leaves_the_model_is_refused(make, s3, tmp_path):
    s3.put_object(Bucket="shelf", Key="m/../../../evil", Body=b"x")
    with pytest.raises(CannotDeploy, match="leaves the model folder"):
        make({"ModelDataSource": {"S3DataSource": SOURCE}}).prepare()
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("key", "host", "words"),
    [
        ("absent", None, r'download model data for container "container_1" .*\(404\)'),
        ("text", "first", 'extract model data archive for container "first"'),
    ],
)
def test_a_model_that_cannot_be_had_is_named_in_the_words_of_aws(
    make, s3, key, host, words
):
    s3.put_object(Bucket="shelf", Key="text", Body=b"no archive")
    definition = {"ModelDataUrl": f"s3://shelf/{key}", "ContainerHostname": host}
    with pytest.raises(CannotDeploy, match=words):
        make(definition).prepare()


@pytest.mark.parametrize(
    ("image", "files", "expected"),
    [
        (f"{DKR}/pytorch-inference:2.6-cpu", ["net/1/saved_model.pb"], "pytorch"),
        (f"{DKR}/tensorflow-inference:2.19-cpu", ["code/x"], "tensorflow"),
        (f"{DKR}/pytorch-training:2.6-cpu", [], "pytorch"),
        (f"{DKR}/sagemaker-scikit-learn:1.2-1-cpu-py3", ["code/x"], "scikit-learn"),
        (f"{DKR}/huggingface-pytorch-inference:2.1", ["net/1/x"], "huggingface"),
        ("own:1", ["net/1/saved_model.pb", "code/x"], "tensorflow"),
        ("own:1", ["1/saved_model.pb"], "tensorflow"),
        ("tensorflow.example.com/own:1", ["code/inference.py"], "pytorch"),
        ("own:1", ["code/x"], None),
        ("own:1", ["weights"], None),
    ],
)
def test_the_images_name_decides_then_what_the_model_holds(
    tmp_path, image, files, expected
):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    if expected:
        assert containers.framework_of({"Image": image}, tmp_path) == expected
        return
    with pytest.raises(CannotDeploy, match=f'serve the image "{image}"'):
        containers.framework_of({"Image": image}, tmp_path)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({}, None),
        ({"ModelDataUrl": "s3://b/a/m.tar.gz"}, ("b", "a/m.tar.gz", "archive")),
        ({"ModelDataSource": {"S3DataSource": SOURCE}}, ("shelf", "m/", "prefix")),
        (
            {"ModelDataSource": {"S3DataSource": {**SOURCE, "S3DataType": "S3Object"}}},
            ("shelf", "m/", "object"),
        ),
        (
            {
                "ModelDataSource": {
                    "S3DataSource": {**SOURCE, "CompressionType": "Gzip"}
                }
            },
            ("shelf", "m/", "archive"),
        ),
    ],
)
def test_the_source_of_a_model_has_a_kind(definition, expected):
    assert containers.model_source(definition) == expected


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({"SAGEMAKER_PROGRAM": "serve.py"}, "code/serve.py"),
        ({"SAGEMAKER_PROGRAM": "sub/serve.py"}, "code/sub/serve.py"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/src"}, "src/inference.py"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "s3://b/k.tar.gz"}, "code/inference.py"),
    ],
)
def test_an_image_of_nobody_is_served_by_the_script_that_is_named(
    tmp_path, variables, file
):
    definition = {"Image": "own:1", "Environment": variables}
    with pytest.raises(CannotDeploy, match="under an image of your own"):
        containers.framework_of(definition, tmp_path)
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    assert containers.framework_of(definition, tmp_path) == "pytorch"


@pytest.mark.parametrize(
    "image", ["mxnet-inference:1.9", "sagemaker-tritonserver:23.12", "kmeans:1"]
)
def test_a_container_that_is_not_emulated_is_named_before_anything_is_fetched(
    make, image
):
    made = make({"Image": f"{DKR}/{image}", "ModelDataUrl": "s3://no/no.tar.gz"})
    with pytest.raises(CannotDeploy, match=f'not emulate the container of .*{image}"'):
        made.prepare()


def test_a_link_to_where_the_container_sees_its_model_is_followed(make, s3):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        link, file = tarfile.TarInfo("latest"), tarfile.TarInfo("ckpt-3")
        link.type, link.linkname = tarfile.SYMTYPE, "/opt/ml/model/ckpt-3"
        file.size = 2
        tar.addfile(link)
        tar.addfile(file, io.BytesIO(b"42"))
    s3.put_object(Bucket="shelf", Key="m.tar.gz", Body=buffer.getvalue())
    made = make({"ModelDataUrl": "s3://shelf/m.tar.gz"})
    made.prepare()
    assert model(made) == {"ckpt-3": "42", "latest": "42"}
