"""What the SDK's ModelBuilder packs is served as it is."""

import io
import json
import tarfile

import boto3
import numpy as np
import pytest
from deployed import IMAGE, JOB, deploy, encode, make_model, own_answer, upload


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_builder_packs_source_code_and_deploys_it(connection, digits, tmp_path):
    from sagemaker.core.inference_config import ServerlessInferenceConfig
    from sagemaker.core.resources import Endpoint
    from sagemaker.core.training.configs import SourceCode
    from sagemaker.serve import ModelBuilder

    files = {
        n: (digits["folder"] / n).read_bytes() for n in ("model.pth", "config.json")
    }
    (tmp_path / "serve.py").write_bytes((JOB / "inference.py").read_bytes())
    builder = ModelBuilder(
        s3_model_data_url=upload(connection, "bare/model.tar.gz", files),
        image_uri=IMAGE,
        source_code=SourceCode(source_dir=str(tmp_path), entry_script="serve.py"),
        role_arn=connection.role_arn,
        instance_type="ml.m5.large",
    )
    builder.build(model_name="built")
    serverless = ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=2)
    builder.deploy(endpoint_name="built", wait=False, inference_config=serverless)
    endpoint = Endpoint.get("built")
    endpoint.wait_for_status("InService")
    body = encode(digits["x"], "application/x-npy")
    answer = endpoint.invoke(body=body, content_type="application/x-npy")
    found = json.loads(answer.body.read())["probabilities"]
    endpoint.delete()
    assert found == own_answer(digits).tolist()


@pytest.fixture(scope="module")
def built(connection, tmp_path_factory):
    """Build a model from an InferenceSpec, and return its description."""
    from sagemaker.serve import ModelBuilder, ModelServer
    from sagemaker.serve.builder.schema_builder import SchemaBuilder
    from sagemaker.serve.spec.inference_spec import InferenceSpec

    class Doubler(InferenceSpec):
        def load(self, model_dir):
            return 2.0

        def invoke(self, x, model):
            return np.asarray(x) * model

    x = np.array([[1.0, 2.0]])
    ModelBuilder(
        inference_spec=Doubler(),
        schema_builder=SchemaBuilder(x, 2 * x),
        image_uri=IMAGE,
        model_server=ModelServer.TORCHSERVE,  # else the SDK takes Triton
        role_arn=connection.role_arn,
        instance_type="ml.m5.large",
        model_path=str(tmp_path_factory.mktemp("spec")),
        dependencies={"auto": False},
    ).build(model_name="spec")
    return boto3.client("sagemaker").describe_model(ModelName="spec")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_inference_spec_is_served_from_its_pickle(sagemaker, runtime, built):
    deploy(sagemaker, "spec", ["spec"])
    x = np.array([[3.0, 4.0]])
    npy = "application/x-npy"
    answer = runtime.invoke_endpoint(
        EndpointName="spec", Body=encode(x, npy), ContentType=npy, Accept=npy
    )
    found = np.load(io.BytesIO(answer["Body"].read()))
    sagemaker.delete_endpoint(EndpointName="spec")
    assert found.tolist() == [[6.0, 8.0]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_pickle_that_was_tampered_with_is_not_loaded(
    connection, sagemaker, built, tmp_path
):
    container = built["PrimaryContainer"]
    files = unpacked(container["ModelDataUrl"])
    assert "sha256_hash" in json.loads(files["code/metadata.json"])
    program = f"cos\nsystem\n(S'touch {tmp_path}/harm'\ntR."
    files["code/serve.pkl"] = program.encode()
    url = upload(connection, "tampered/model.tar.gz", files)
    make_model(connection, sagemaker, "tampered", url, container["Environment"])
    described = deploy(sagemaker, "tampered", ["tampered"])
    sagemaker.delete_endpoint(EndpointName="tampered")
    assert described["EndpointStatus"] == "Failed"
    assert "Integrity check for the serialized" in described["FailureReason"]
    assert not (tmp_path / "harm").exists()


def unpacked(uri):
    """Return the files of an archive in S3."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {
            member.name.removeprefix("./"): tar.extractfile(member).read()
            for member in tar
            if member.isfile()
        }
