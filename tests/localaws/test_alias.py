"""A folder with spaces has a path without, and jobs run below it."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from localaws.alias import plain
from localaws.machine.sandbox import Sandbox

SHELL = """
python3 -c 'print(4 * 5)' > $SM_MODEL_DIR/made
cd $SM_MODEL_DIR
echo $(pwd) >> $(pwd)/made
cp made /opt/ml/output/data/made
"""
CLIENT = """
import io, os, tarfile, time
import boto3, localaws
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, SourceCode

trainer = ModelTrainer(
    training_image="pytorch-training:any",
    source_code=SourceCode(source_dir="code", entry_script="go.sh"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    environment={"LOCALAWS_PATHS": os.environ["LOCALAWS_PATHS"]},
    role=boto3.client("iam").get_role(RoleName="SageMakerExecutionRole")["Role"]["Arn"],
    base_job_name="spaces",
)
trainer.train(wait=False, logs=False)
name = trainer._latest_training_job.training_job_name
sagemaker = boto3.client("sagemaker")
job = {"TrainingJobStatus": "InProgress"}
while job["TrainingJobStatus"] == "InProgress":
    time.sleep(0.05)
    job = sagemaker.describe_training_job(TrainingJobName=name)
print(job["TrainingJobStatus"], job.get("FailureReason", ""))
place = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://")
bucket, _, key = place.partition("/")
body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
text = tarfile.open(fileobj=io.BytesIO(body)).extractfile("made").read().decode()
print(*map(os.path.basename, text.split()))
print(localaws.connect().folder.parent)
"""


def test_a_plain_path_is_its_own_alias():
    with TemporaryDirectory(dir="/tmp") as name, plain(Path(name)) as path:
        assert path == Path(name).resolve() and not list(path.iterdir())


@pytest.mark.parametrize("name", ["two words", "a:b", "it's", "$HOME", "a\tb"])
def test_the_alias_of_an_odd_path_is_plain_and_goes(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    with plain(folder) as path:
        (path / "made").touch()
        assert (folder / "made").exists() and name not in str(path)
    assert not path.parent.exists() and list(folder.iterdir()) == [folder / "made"]


def test_the_alias_of_a_process_that_was_killed_goes_with_the_next(tmp_path):
    folder = tmp_path / "two words"
    folder.mkdir()
    killed = plain(folder)
    left = killed.__enter__()
    with plain(folder) as path:
        assert path != left and not left.parent.exists()


def test_a_shell_starts_at_the_alias(tmp_path):
    folder = tmp_path / "two words"
    folder.mkdir()
    with plain(folder) as path:
        sandbox = Sandbox(path / "job", paths="substitution")
        process = sandbox.start(["/bin/sh", "-c", "touch $(pwd)/made"], {})
        assert (process.stdout.read(), process.wait()) == (b"", 0)
        assert (sandbox.ml / "made").exists()


@pytest.mark.parametrize("mode", ["namespace", "substitution"], indirect=True)
def test_a_job_of_the_sdk_runs_where_a_path_has_spaces(tmp_path, elsewhere, mode):
    folder = tmp_path / "my documents"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "go.sh").write_text(SHELL)
    (folder / "client.py").write_text(CLIENT)
    variables = {"TMPDIR": str(folder), "LOCALAWS_PATHS": mode}
    command = [sys.executable, "-m", "localaws", "run", "--", sys.executable]
    done = subprocess.run(
        [*command, "client.py"],
        cwd=folder,
        env={**elsewhere, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    status, made, place = done.stdout.splitlines()
    assert (status.strip(), made) == ("Completed", "20 model"), done.stderr
    assert Path(place) == folder.resolve()  # clients get the folder, not its alias
    assert sorted(path.name for path in folder.iterdir()) == ["client.py", "code"]
