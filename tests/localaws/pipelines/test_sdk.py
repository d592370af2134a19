"""Pipelines of the unmodified SageMaker Python SDK v3, from steps to results."""

import contextlib

import pytest

REGISTRY = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
TORCH = f"{REGISTRY}/pytorch-training:2.6-cpu-py312"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
PREPARE = """
import pathlib, sys
here = pathlib.Path("/opt/ml/processing")
rows = (here / "input/rows.csv").read_text().split()
(here / "train/rows.csv").write_text("\\n".join(rows[: int(sys.argv[1])]))
"""
TRAIN = """
import os, pathlib
rows = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "rows.csv").read_text().split()
pathlib.Path(os.environ["SM_MODEL_DIR"], "mean.txt").write_text(
    str(float(os.environ["SM_HP_SCALE"]) * sum(map(float, rows)) / len(rows)))
"""
EVALUATE = """
import json, tarfile
with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    mean = float(archive.extractfile("mean.txt").read())
with open("/opt/ml/processing/report/report.json", "w") as file:
    json.dump({"metrics": {"mean": {"value": mean}}}, file)
"""


@pytest.fixture(scope="module")
def session(connection):
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    return PipelineSession()


@pytest.fixture
def wait():
    """Return a function that waits for an execution's end and returns its steps."""
    from botocore.exceptions import WaiterError

    def waited(execution):
        with contextlib.suppress(WaiterError):  # it has failed
            execution.wait(delay=1)
        return {row["StepName"]: row for row in execution.list_steps()}

    return waited


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a script and returns its folder."""

    def write(name, text):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        return folder

    return write


def processor(session, role, count=1):
    from sagemaker.core.processing import ScriptProcessor

    return ScriptProcessor(
        image_uri=SKLEARN,
        command=["python3"],
        instance_type="ml.m5.large",
        instance_count=count,
        role=role,
        sagemaker_session=session,
    )


def source(uri, path):
    from sagemaker.core.shapes import ProcessingInput, ProcessingS3Input

    place = ProcessingS3Input(
        s3_uri=uri, local_path=path, s3_data_type="S3Prefix", s3_input_mode="File"
    )
    return ProcessingInput(input_name=path.rpartition("/")[2], s3_input=place)


def output(name, uri):
    from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output

    path = f"/opt/ml/processing/{name}"
    place = ProcessingS3Output(s3_uri=uri, local_path=path, s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=place)


def test_data_is_prepared_trained_on_and_judged(connection, s3, session, script, wait):
    from sagemaker.core.training.configs import Compute, InputData, SourceCode
    from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
    from sagemaker.core.workflow.execution_variables import ExecutionVariables
    from sagemaker.core.workflow.functions import Join, JsonGet
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger
    from sagemaker.core.workflow.properties import PropertyFile
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
    from sagemaker.train.model_trainer import ModelTrainer

    role, uri = connection.role_arn, f"s3://{connection.bucket}/sdk"
    s3.put_object(
        Bucket=connection.bucket, Key="sdk/in/rows.csv", Body=b"1\n2\n6\n100\n"
    )
    rows = ParameterInteger("Rows", default_value=3)
    scale = ParameterFloat("Scale", default_value=1.0)
    own = Join("/", [uri, ExecutionVariables.PIPELINE_EXECUTION_ID, "train"])
    prepare = ProcessingStep(
        "Prepare",
        step_args=processor(session, role).run(
            code=str(script("prepare", PREPARE) / "prepare.py"),
            inputs=[source(f"{uri}/in/", "/opt/ml/processing/input")],
            outputs=[output("train", own)],
            arguments=[rows.to_string()],
        ),
        cache_config=CacheConfig(enable_caching=True, expire_after="PT1H"),
    )
    made = prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    trainer = ModelTrainer(
        training_image=TORCH,
        source_code=SourceCode(
            source_dir=str(script("train", TRAIN)), entry_script="train.py"
        ),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"scale": scale.to_string()},
        role=role,
        sagemaker_session=session,
        base_job_name="mean",
    )
    channels = [InputData(channel_name="train", data_source=made)]
    train = TrainingStep("Train", step_args=trainer.train(input_data_config=channels))
    report = PropertyFile(name="Report", output_name="report", path="report.json")
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=processor(session, role).run(
            code=str(script("evaluate", EVALUATE) / "evaluate.py"),
            inputs=[
                source(
                    train.properties.ModelArtifacts.S3ModelArtifacts,
                    "/opt/ml/processing/model",
                )
            ],
            outputs=[output("report", f"{uri}/report")],
        ),
        property_files=[report],
    )
    mean = JsonGet("Evaluate", property_file=report, json_path="metrics.mean.value")
    judge = ConditionStep(
        "Judge",
        conditions=[ConditionGreaterThanOrEqualTo(mean, 6.0)],
        if_steps=[],
        else_steps=[FailStep("TooSmall", Join(" ", ["the mean is", mean]))],
    )
    pipeline = Pipeline(
        "sdk",
        [rows, scale],
        steps=[prepare, train, evaluate, judge],
        sagemaker_session=session,
    )
    pipeline.upsert(role)
    first = pipeline.start()
    done = wait(first)
    assert "TooSmall" in done, "".join(
        str(r.get("FailureReason")).replace("\n", " ") for r in done.values()
    )
    assert done["TooSmall"]["FailureReason"] == "the mean is 3.0"
    assert first.describe()["PipelineExecutionStatus"] == "Failed"
    second = pipeline.start(parameters={"Scale": 2.0}, execution_display_name="twice")
    done = wait(second)
    assert second.describe()["PipelineExecutionStatus"] == "Succeeded"
    assert done["Prepare"]["CacheHitResult"] == {
        "SourcePipelineExecutionArn": first.arn
    }
    assert done["Judge"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    pipeline.upsert(role, description="again")
    assert pipeline.describe()["PipelineDescription"] == "again"
    known = pipeline.build_parameters_from_execution(second.arn, {"Rows": "4"})
    assert known == {"Rows": "4", "Scale": "2.0"}
    assert len(pipeline.list_executions()["PipelineExecutionSummaries"]) == 2
    pipeline.delete()


def test_functions_become_steps_and_hand_on_what_they_return(connection, session, wait):
    from sagemaker.core.workflow.conditions import ConditionGreaterThan
    from sagemaker.core.workflow.parameters import ParameterInteger
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.function_step import step
    from sagemaker.mlops.workflow.pipeline import Pipeline

    place = {"instance_type": "ml.m5.large", "image_uri": TORCH}
    number = ParameterInteger("N", default_value=3)

    @step(name="pair", **place)
    def pair(n):
        return {"both": [n, n + 1]}

    @step(name="times", **place)
    def times(x, by):
        return x * by

    product = times(pair(number)["both"][1], 10)
    small = FailStep("small", "too small")
    judge = ConditionStep(
        "large", conditions=[ConditionGreaterThan(product, 45)], else_steps=[small]
    )
    pipeline = Pipeline(
        "steps", [number], steps=[product, judge], sagemaker_session=session
    )
    pipeline.upsert(connection.role_arn)
    execution = pipeline.start(parameters={"N": 4})
    done = wait(execution)
    assert {name: row["StepStatus"] for name, row in done.items()} == dict.fromkeys(
        ["pair", "times", "large"], "Succeeded"
    )
    assert execution.result("times") == 50
    assert done["pair"]["StepDisplayName"].endswith("pair")
    pipeline.delete()


SCORE = """
import os, pathlib
x = float(os.environ["SM_HP_X"])
pathlib.Path(os.environ["SM_MODEL_DIR"], "x.txt").write_text(str(x))
print(f"score={1 - (x - 0.7) ** 2};")
"""


def test_a_tuning_is_a_step_whose_best_model_is_at_hand(
    connection, sagemaker, session, script, wait
):
    pytest.importorskip("localaws.tuning")
    from sagemaker.core.parameter import ContinuousParameter
    from sagemaker.core.training.configs import Compute, SourceCode
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import TuningStep
    from sagemaker.train.model_trainer import ModelTrainer
    from sagemaker.train.tuner import HyperparameterTuner

    trainer = ModelTrainer(
        training_image=TORCH,
        source_code=SourceCode(
            source_dir=str(script("score", SCORE)), entry_script="score.py"
        ),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        role=connection.role_arn,
        sagemaker_session=session,
    )
    tuner = HyperparameterTuner(
        trainer,
        objective_metric_name="score",
        metric_definitions=[{"Name": "score", "Regex": r"score=(.*);"}],
        hyperparameter_ranges={"x": ContinuousParameter(0, 1)},
        strategy="Random",
        max_jobs=3,
        max_parallel_jobs=2,
    )
    tune = TuningStep("Tune", step_args=tuner.tune())
    best = tune.get_top_model_s3_uri(0, connection.bucket, "models")
    told = FailStep("Told", best)
    pipeline = Pipeline("tuned", steps=[tune, told], sagemaker_session=session)
    pipeline.upsert(connection.role_arn)
    execution = pipeline.start()
    done = wait(execution)
    assert done["Tune"]["StepStatus"] == "Succeeded", done["Tune"]["FailureReason"]
    name = done["Tune"]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    assert (
        name.startswith(f"{execution.arn.rpartition('/')[2]}-tune-") and len(name) <= 32
    )
    job = sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )
    top = job["BestTrainingJob"]["TrainingJobName"]
    place = f"s3://{connection.bucket}/models/{top}/output/model.tar.gz"
    assert done["Told"]["FailureReason"] == place
    pipeline.delete()
