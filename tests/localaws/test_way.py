"""The way from CreateTrainingJob to the job's process is the one that is described."""

import json
import re
import subprocess
import sys
from pathlib import Path

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
MOST = 25  # modules of localaws on the way: 22, and 3 that ask who has signed it

# Serves, creates one job of one script, and prints the modules whose functions its
# request and the threads that this starts call, until the job's process starts.
TRACE = """
import json, logging, os, pathlib, signal, sys, tempfile, threading

way, family, started = [], set(), threading.Event()
start = threading.Thread.start

def begin(thread):
    if threading.current_thread() in family:
        family.add(thread)
    start(thread)

def note(frame, event, argument):
    module = frame.f_globals.get("__name__", "")
    if event != "call" or not module.startswith("localaws.") or started.is_set():
        return
    if module in ("localaws.httpd", "localaws.bounds"):  # app reads a body through them
        return
    name, here = frame.f_code.co_name, threading.current_thread()
    environ = frame.f_locals.get("environ") or {}
    if (module, name) == ("localaws.app", "__call__"):
        if environ.get("HTTP_X_AMZ_TARGET") == "SageMaker.CreateTrainingJob":
            family.add(here)
    if here in family and module not in way:
        way.append(module)
    if here in family and name == "_launch" and frame.f_back.f_code.co_name == "start":
        started.set()

threading.Thread.start = begin
threading.setprofile(note)
from localaws.server import serve

def ask():
    import boto3
    while not ready.exists():
        pass
    said = json.loads(ready.read_text())
    session = boto3.Session(*said["credentials"].values(), "us-east-1")
    place = {"endpoint_url": said["url"]}
    s3, uri = session.client("s3", **place), f"s3://{said['bucket']}/code/"
    s3.put_object(Bucket=said["bucket"], Key="code/train.py", Body=b"print(1)")
    session.client("sagemaker", **place).create_training_job(
        **json.loads(sys.argv[1]),
        RoleArn=said["role_arn"],
        InputDataConfig=[{"ChannelName": "code", "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}],
        OutputDataConfig={"S3OutputPath": f"s3://{said['bucket']}/out"},
    )
    started.wait(30)
    print(json.dumps([name.removeprefix("localaws.") for name in way]), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    ready = folder / "ready.json"
    threading.Thread(target=ask, daemon=True).start()
    serve(folder, ephemeral=False, ready=ready)
"""
JOB = {
    "TrainingJobName": "way",
    "AlgorithmSpecification": {
        "TrainingImage": "pytorch:2.6-cpu-py312",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["python", "/opt/ml/input/data/code/train.py"],
    },
    "ResourceConfig": {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": 100},
}


def test_the_way_to_the_process_is_short_and_described(elsewhere):
    done = subprocess.run(
        [sys.executable, "-c", TRACE, json.dumps(JOB)],
        env=elsewhere,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout, done.stderr
    way = json.loads(done.stdout.splitlines()[-1])
    assert len(way) <= MOST and len(way) == len(set(way))
    text = CONTRIBUTING.read_text(encoding="utf-8")
    rest = text.partition("### How a request becomes a process")[2]
    section = rest.partition("\n#")[0]
    described = re.findall(r"`((?:\w+\.)?\w+)`", section)
    assert {*described} - {"machine.launch", "CreateTrainingJob"} == {*way}
    lines = [line for line in section.splitlines() if line.strip()]
    assert len(lines) <= 10 and max(map(len, lines)) <= 110
