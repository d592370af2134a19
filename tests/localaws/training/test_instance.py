"""A host of a job: what its process sees, and that nothing of it is left."""

import time

import psutil
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


def test_a_job_is_told_what_its_image_promises(submit, finished, log_of):
    name = submit("import os; print(os.environ['LOCALAWS_PROMISED'].split()[-2:])")
    assert finished(name)["TrainingJobStatus"] == "Completed"
    assert log_of(name)[-1] == "['torch=torch', 'torchvision=torchvision']"
