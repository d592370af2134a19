"""Managed spot training: an interrupted job goes on from its checkpoint."""

import textwrap
import time

import numpy as np
import pytest
from botocore.exceptions import ClientError
from training_jobs import members

from localaws.training.spot import Market

SPOT = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}
DESCEND = """
import os, pathlib, time
import numpy as np
state = pathlib.Path("/opt/ml/checkpoints/state.npz")
first, weights = 0, np.ones(4)
if state.exists():
    saved = np.load(state)
    first, weights = int(saved["step"]), saved["weights"]
print("starts at", first, flush=True)
for step in range(first, 40):
    noise = np.random.default_rng(step).normal(size=4)
    weights = weights - 0.1 * (weights + noise)
    np.savez(state.with_name("new.npz"), step=step + 1, weights=weights)
    os.replace(state.with_name("new.npz"), state)
    print("step", step, flush=True)
    if "PAUSE" in os.environ:
        time.sleep(0.05)
np.save("/opt/ml/model/weights.npy", weights)
"""


@pytest.fixture
def descend(submit, finished, connection):
    """Return a function that runs the descent and returns its description."""

    def run(name, environment=None, **changes):
        place = {"S3Uri": f"s3://{connection.bucket}/spot/{name}"}
        changes.setdefault("StoppingCondition", SPOT)
        return finished(
            submit(
                DESCEND,
                Environment=environment or {},
                CheckpointConfig=place,
                EnableManagedSpotTraining=True,
                **changes,
            )
        )

    return run


def weights(s3, job):
    return members(s3, job["ModelArtifacts"]["S3ModelArtifacts"])["weights.npy"]


def steps(job):
    return [row["Status"] for row in job["SecondaryStatusTransitions"]]


def test_an_interrupted_job_ends_with_the_weights_of_one_that_was_not(
    descend, log_of, s3, mode
):
    whole = descend(f"whole-{mode}")
    asked = {"LOCALAWS_INTERRUPT_ON": "step 15$", "PAUSE": "1"}
    broken = descend(f"broken-{mode}", asked)
    assert broken["TrainingJobStatus"] == "Completed", broken
    once = "Starting Downloading Training"
    path = f"Pending {once} Interrupted {once} Uploading Completed"
    assert " ".join(steps(broken)) == path and "Interrupted" not in steps(whole)
    assert weights(s3, broken) == weights(s3, whole)
    starts = [line for line in log_of(broken["TrainingJobName"]) if "starts" in line]
    assert len(starts) == 2 and starts[0] == "starts at 0" != starts[1]
    assert 1 <= broken["BillableTimeInSeconds"] < broken["TrainingTimeInSeconds"]


def test_a_script_that_saves_at_sigterm_is_interrupted_and_not_complete(
    submit, finished, connection, log_of, mode
):
    code = """
    import pathlib, signal, sys, time
    mark = pathlib.Path("/opt/ml/checkpoints/mark")
    def save(*_):
        mark.write_text("saved")
        sys.exit(0)
    signal.signal(signal.SIGTERM, save)
    if mark.exists():
        sys.exit(print("resumed", mark.read_text()))
    print("ready", flush=True)
    time.sleep(100)
    """
    name = submit(
        textwrap.dedent(code),
        EnableManagedSpotTraining=True,
        StoppingCondition=SPOT,
        CheckpointConfig={"S3Uri": f"s3://{connection.bucket}/sigterm-{mode}"},
        Environment={"LOCALAWS_INTERRUPT_ON": "^ready"},
    )
    assert "Interrupted" in steps(finished(name))
    assert "resumed saved" in log_of(name)


def test_a_job_is_interrupted_after_the_seconds_that_it_asks_for(
    submit, finished, connection, mode
):
    script = "cd /opt/ml/checkpoints; [ -f mark ] || { touch mark; sleep 100; }"
    begun = time.monotonic()
    name = submit(
        "pass",
        AlgorithmSpecification={"ContainerEntrypoint": ["/bin/sh", "-c", script]},
        EnableManagedSpotTraining=True,
        StoppingCondition=SPOT,
        CheckpointConfig={"S3Uri": f"s3://{connection.bucket}/after-{mode}"},
        Environment={"LOCALAWS_INTERRUPT_AFTER": "1.5"},
    )
    job = finished(name)
    assert job["TrainingJobStatus"] == "Completed" and "Interrupted" in steps(job)
    assert 1.5 < time.monotonic() - begun < 30


def test_the_time_to_wait_ends_a_job_that_was_interrupted(submit, finished):
    name = submit(
        "import time; time.sleep(100)",
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 3, "MaxWaitTimeInSeconds": 3},
        Environment={"LOCALAWS_INTERRUPT_AFTER": "1"},
    )
    job = finished(name)
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "MaxWaitTimeExceeded"
    assert "Interrupted" in steps(job)


def test_model_trainer_goes_on_after_an_interruption(
    connection, tmp_path, finished, log_of
):
    from sagemaker.core.shapes import CheckpointConfig
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode, StoppingCondition

    (tmp_path / "train.py").write_text(DESCEND)
    compute = {"instance_type": "ml.m5.large", "instance_count": 1}
    trainer = ModelTrainer(
        training_image="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2",
        source_code=SourceCode(source_dir=str(tmp_path), entry_script="train.py"),
        compute=Compute(**compute, enable_managed_spot_training=True),
        stopping_condition=StoppingCondition(
            max_runtime_in_seconds=60, max_wait_time_in_seconds=90
        ),
        environment={"LOCALAWS_INTERRUPT_ON": "step 15$", "PAUSE": "1"},
        role=connection.role_arn,
        base_job_name="spot",
    ).with_checkpoint_config(
        CheckpointConfig(s3_uri=f"s3://{connection.bucket}/spot/sdk")
    )
    trainer.train(wait=False, logs=False)
    name = trainer._latest_training_job.training_job_name
    job = finished(name)
    assert job["TrainingJobStatus"] == "Completed" and "Interrupted" in steps(job)
    starts = [line for line in log_of(name) if "starts at" in line]
    assert len(starts) == 2 and starts[0] == "starts at 0" != starts[1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"EnableManagedSpotTraining": True},
            "must be present and be greater than or equal to MaxRuntimeInSeconds",
        ),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {**SPOT, "MaxWaitTimeInSeconds": 59},
            },
            "Invalid MaxWaitTimeInSeconds. It must be present",
        ),
        ({"StoppingCondition": SPOT}, "only supported when EnableManagedSpotTraining"),
        (
            {"Environment": {"LOCALAWS_INTERRUPT_AFTER": "1"}},
            "LOCALAWS_INTERRUPT_AFTER asks for an interruption",
        ),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": SPOT,
                "Environment": {"LOCALAWS_INTERRUPT_ON": "("},
            },
            r'LOCALAWS_INTERRUPT_ON is "\("',
        ),
    ],
)
def test_limits_and_interruptions_that_make_no_sense_are_refused(
    submit, changes, words
):
    with pytest.raises(ClientError, match=words) as caught:
        submit("pass", **changes)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_the_market_interrupts_each_start_after_its_own_time():
    market = Market({"LOCALAWS_INTERRUPT_AFTER": "5,2.5"})
    assert [market.wait() for _ in range(3)] == [5, 2.5, None]


def test_random_interruptions_are_those_of_their_seed():
    def drawn(seed):
        asked = {"LOCALAWS_INTERRUPT_SEED": seed, "LOCALAWS_INTERRUPT_AFTER": "10"}
        market = Market(asked)
        return [market.wait() for _ in range(4)]

    assert drawn("1") == drawn("1") != drawn("2") and drawn("1")[3] is None
    first = [drawn(str(seed))[0] for seed in range(2000)]
    assert np.mean(first) == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    "asked",
    [
        {"LOCALAWS_INTERRUPT_AFTER": "soon"},
        {"LOCALAWS_INTERRUPT_AFTER": "-1"},
        {"LOCALAWS_INTERRUPT_SEED": "x"},
    ],
)
def test_a_variable_that_cannot_be_read_is_quoted(asked):
    ((name, text),) = asked.items()
    with pytest.raises(ValueError, match=f'{name} is "{text}"'):
        Market(asked)
