"""Steps of models: made, registered, and asked in a transform job, through the SDK."""

import json

import pytest
from defined import definition, step
from deployed import SAY, upload

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"


@pytest.fixture(scope="module")
def url(connection):
    """The address of a model that answers with one word."""
    script = SAY.replace("{word!r}", "'yes'")
    return upload(connection, "models/model.tar.gz", {"code/inference.py": script})


def test_a_model_is_registered_made_and_asked(
    connection, sagemaker, s3, url, create, begin, ended, steps
):
    s3.put_object(Bucket=connection.bucket, Key="models/in/x", Body=b"?")
    place = f"s3://{connection.bucket}/models"
    container = {"Image": IMAGE, "ModelDataUrl": url}
    text = definition(
        step(
            "register",
            "RegisterModel",
            {
                "ModelPackageGroupName": "by-pipeline",
                "ModelApprovalStatus": "Approved",
                "InferenceSpecification": {
                    "Containers": [container],
                    "SupportedContentTypes": ["text/plain"],
                    "SupportedResponseMIMETypes": ["text/plain"],
                },
            },
        ),
        step(
            "make",
            "Model",
            {
                "ExecutionRoleArn": connection.role_arn,
                "PrimaryContainer": {
                    "ModelPackageName": {"Get": "Steps.register.ModelPackageArn"}
                },
            },
        ),
        step(
            "ask",
            "Transform",
            {
                "ModelName": {"Get": "Steps.make.ModelName"},
                "TransformInput": {
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": f"{place}/in",
                        }
                    },
                    "ContentType": "text/plain",
                },
                "TransformOutput": {
                    "S3OutputPath": {
                        "Std:Join": {
                            "On": "/",
                            "Values": [place, {"Get": "Execution.PipelineExecutionId"}],
                        }
                    }
                },
                "TransformResources": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                },
            },
        ),
    )
    name = create(text)
    first, second = begin(name), begin(name)
    for arn in (first, second):
        found = ended(arn)
        reasons = [one.get("FailureReason") for one in steps(arn).values()]
        assert found["PipelineExecutionStatus"] == "Succeeded", reasons
    done, identifier = steps(first), first.rpartition("/")[2]
    version = done["register"]["Metadata"]["RegisterModel"]["Arn"]
    assert ":model-package/by-pipeline/" in version
    assert (
        f":model/pipelines-{identifier}-make-"
        in done["make"]["Metadata"]["Model"]["Arn"]
    )
    assert (
        f"pipelines-{identifier}-ask-" in done["ask"]["Metadata"]["TransformJob"]["Arn"]
    )
    key = f"models/{identifier}/x.out"
    answer = s3.get_object(Bucket=connection.bucket, Key=key)["Body"].read()
    assert b"yes" in answer
    listed = sagemaker.list_model_packages(ModelPackageGroupName="by-pipeline")
    assert len(listed["ModelPackageSummaryList"]) == 2


def test_the_builder_writes_steps_that_register_and_make(
    connection, sagemaker, url, tmp_path
):
    from sagemaker.core.workflow.parameters import ParameterString
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.serve.model_builder import ModelBuilder

    session = PipelineSession()
    status = ParameterString("Status", default_value="Approved")

    def builder():
        return ModelBuilder(
            s3_model_data_url=url,
            image_uri=IMAGE,
            sagemaker_session=session,
            role_arn=connection.role_arn,
            env_vars={"WORD": "x"},
        )

    registered = builder().register(
        model_package_group_name="by-builder",
        content_types=["text/plain"],
        response_types=["text/plain"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status=status,
    )
    made = builder().build()
    pipeline = Pipeline(
        "built",
        [status],
        steps=[ModelStep("Register", registered), ModelStep("Make", made)],
        sagemaker_session=session,
    )
    types = {
        one["Name"]: one["Type"] for one in json.loads(pipeline.definition())["Steps"]
    }
    assert types == {"Register": "RegisterModel", "Make": "Model"}
    pipeline.upsert(connection.role_arn)
    execution = pipeline.start(parameters={"Status": "Rejected"})
    execution.wait(delay=1)
    done = {row["StepName"]: row for row in execution.list_steps()}
    version = done["Register"]["Metadata"]["RegisterModel"]["Arn"]
    found = sagemaker.describe_model_package(ModelPackageName=version)
    assert found["ModelApprovalStatus"] == "Rejected"
    name = done["Make"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    model = sagemaker.describe_model(ModelName=name)
    assert model["PrimaryContainer"]["Environment"]["WORD"] == "x"
    pipeline.delete()
