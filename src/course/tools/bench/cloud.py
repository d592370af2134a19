"""What localaws adds to a training job, and how fast it takes a file."""

import statistics
from pathlib import Path

import numpy as np

from course.tools.bench.row import Row, Size, seconds

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"
OWN = 1.0  # seconds that the measured job's script takes itself


def job_overhead(connection, folder: Path, runs: int) -> Row:
    """A job of `ModelTrainer`, from its call to Completed, less its script's time.

    What of it the SDK takes before it calls CreateTrainingJob is in the reference.
    """
    import sagemaker.train  # noqa: F401  (its import is no part of a job)

    (folder / "code").mkdir()
    (folder / "code" / "train.py").write_text(f"import time; time.sleep({OWN})\n")
    inside = []
    took = [
        seconds(lambda: inside.append(_run_job(connection, folder / "code"))) - OWN
        for _ in range(runs)
    ]
    sdk = [whole + OWN - part for whole, part in zip(took, inside, strict=True)]
    measured = f"{statistics.median(took):.1f} s (at most {max(took):.1f} s in {runs})"
    what = "a training job, submitted to Completed, less its script"
    reference = f"{statistics.median(sdk):.1f} s in the SDK (at most {max(sdk):.1f} s)"
    return Row(what, measured, reference, "3 s")


def _run_job(connection, code: Path) -> float:
    """Run a job and return the seconds from its creation to Completed."""
    import boto3
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode

    trainer = ModelTrainer(
        training_image=IMAGE,
        source_code=SourceCode(source_dir=str(code), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        role=connection.role_arn,
        base_job_name="bench",
    )
    trainer.train(wait=False, logs=False)
    name = trainer._latest_training_job.training_job_name
    status = "InProgress"
    while status == "InProgress":
        job = boto3.client("sagemaker").describe_training_job(TrainingJobName=name)
        status = job["TrainingJobStatus"]
    if status != "Completed":
        raise RuntimeError(f'the job "{name}" of the benchmark ended as {status}')
    ended = job["SecondaryStatusTransitions"][-1]["EndTime"]
    return (ended - job["CreationTime"]).total_seconds()


def transfer_speed(connection, folder: Path, size: Size) -> list[Row]:
    """An upload of one file to S3 and its download, against a copy on the same disk."""
    import boto3

    source, megabytes = folder / "large.bin", size.megabytes
    content = np.random.default_rng(0).bytes(2**20)
    with source.open("wb") as file:
        for _ in range(megabytes):
            file.write(content)
    s3, place = boto3.client("s3"), (connection.bucket, "bench/large")
    copy, back = folder / "copy.bin", folder / "back.bin"

    def speed(transfer) -> str:
        took = [megabytes / seconds(transfer) for _ in range(size.runs)]
        return f"{statistics.median(took):.0f} MB/s (at least {min(took):.0f})"

    up = speed(lambda: s3.upload_file(str(source), *place))
    down = speed(lambda: s3.download_file(*place, str(back)))
    own = speed(lambda: copy.write_bytes(source.read_bytes()))
    s3.delete_object(Bucket=place[0], Key=place[1])
    reference, bar = f"{own} for a copy on the disk", "80 MB/s"
    return [
        Row(f"{what} of {megabytes} MB, {size.runs} times", measured, reference, bar)
        for what, measured in (("upload to S3", up), ("download from S3", down))
    ]
