"""A host of a job: what its process sees, and that nothing of it is left."""

import time
from urllib.parse import urlsplit

import psutil
import pytest
from training_jobs import channel


def test_a_job_acts_as_its_role_and_not_as_the_reader(submit, finished, log_of):
    code = (
        "import boto3, os\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
        "print(sorted(name for name in os.environ if 'TEST' in name))"
    )
    name = submit(code)
    assert finished(name)["TrainingJobStatus"] == "Completed"
    role = "arn:aws:sts::123456789012:assumed-role/SageMakerExecutionRole/SageMaker"
    assert log_of(name)[-2:] == [role, "[]"]


def test_children_that_outlive_the_script_end_with_the_job(submit, finished):
    code = "import subprocess as s\nfor new in (True, False):\n"
    code += "    s.Popen(['sleep', '4321'], start_new_session=new)"
    begun = time.monotonic()
    assert finished(submit(code))["TrainingJobStatus"] == "Completed"
    running = [" ".join(p.info["cmdline"] or []) for p in processes()]
    assert "sleep 4321" not in running and time.monotonic() - begun < 30


def processes():
    return psutil.process_iter(["cmdline"])


def test_a_killed_host_process_takes_its_children_along(submit, finished):
    code = "import os, subprocess\nsubprocess.Popen(['sleep', '4322'])\n"
    job = finished(submit(code + "os.kill(os.getpid(), 9)"))
    assert job["FailureReason"].endswith("exit code: 137")
    running = [" ".join(p.info["cmdline"] or []) for p in processes()]
    assert "sleep 4322" not in running


def test_fast_file_data_is_there_and_read_only(
    submit, finished, log_of, connection, s3
):
    s3.put_object(Bucket=connection.bucket, Key="fast/a.csv", Body=b"1,2")
    code = (
        "import os, stat, json\npath = '/opt/ml/input/data/train/a.csv'\n"
        "print(open(path).read(), stat.filemode(os.stat(path).st_mode))\n"
        "config = json.load(open('/opt/ml/input/config/inputdataconfig.json'))\n"
        "print(config['train']['TrainingInputMode'])"
    )
    train = channel("train", f"s3://{connection.bucket}/fast/")
    name = submit(code, InputDataConfig=[{**train, "InputMode": "FastFile"}])
    assert finished(name)["TrainingJobStatus"] == "Completed"
    assert log_of(name)[-2:] == ["1,2 -r--r--r--", "FastFile"]


ALONE = """
import os, socket
print("credentials", [name for name in os.environ if name.startswith("AWS_ACC")])
with socket.create_server(("algo-1", 7000)) as server:
    with socket.create_connection(("algo-1", 7000)):
        print("reaches itself")
url = URL
for address in [url, ("1.1.1.1", 53), ("169.254.169.254", 80)]:
    try:
        socket.create_connection(address, timeout=2)
        print("reaches", address)
    except OSError as error:
        print("no way", type(error).__name__)
"""


@pytest.mark.parametrize("mode", ["namespace"], indirect=True)
def test_a_job_without_a_network_reaches_only_itself(
    submit, finished, log_of, connection, s3, mode
):
    place = urlsplit(connection.url)
    code = ALONE.replace("URL", repr((place.hostname, place.port)))
    s3.put_object(Bucket=connection.bucket, Key="alone/a.csv", Body=b"1")
    data = channel("train", f"s3://{connection.bucket}/alone/")
    code += "print(open('/opt/ml/input/data/train/a.csv').read())\n"
    code += "open('/opt/ml/model/x', 'w').write('1')"
    name = submit(code, EnableNetworkIsolation=True, InputDataConfig=[data])
    job = finished(name)
    assert job["TrainingJobStatus"] == "Completed" and job["EnableNetworkIsolation"]
    lines = log_of(name)
    assert "credentials []" in lines and "reaches itself" in lines
    assert len([line for line in lines if line.startswith("no way")]) == 3
    assert lines[-1] == "1" and job["ModelArtifacts"]["S3ModelArtifacts"]


def test_what_changes_nothing_here_is_said_in_the_log(submit, finished, log_of):
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    name = submit("pass", VpcConfig=network, RetryStrategy={"MaximumRetryAttempts": 1})
    assert finished(name)["VpcConfig"] == network
    said = [line for line in log_of(name) if line.startswith("localaws: ")]
    for words in ("VpcConfig.Subnets: there are no VPCs", "RetryStrategy.Maximum"):
        assert any(words in line for line in said)


def test_a_job_is_told_what_its_image_promises(submit, finished, log_of):
    name = submit("import os; print(os.environ['LOCALAWS_PROMISED'].split()[-2:])")
    assert finished(name)["TrainingJobStatus"] == "Completed"
    assert log_of(name)[-1] == "['torch=torch', 'torchvision=torchvision']"
