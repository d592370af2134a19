"""The whole way: load, metric, alarm, policy, servers, and back, in a moved time."""

import json
import subprocess
import sys

SCRIPT = """
import json, os, pathlib, signal, sys, tempfile, threading, time
import boto3
import psutil
from botocore.config import Config
from localaws import server
from localaws.endpoints.fleet import Fleet

sys.path.insert(0, sys.argv[1])
from deployed import SAY, deploy, invoke, load, make_model, settled, upload
from waiting import until

made = []

class Kept(server.Context):
    def __init__(self, *given):
        super().__init__(*given)
        made.append(self)

server.Context = Kept

class Connection:
    pass

def drive():
    while not ready.exists():
        time.sleep(0.01)
    said = json.loads(ready.read_text())
    os.environ.update({"AWS_ENDPOINT_URL": said["url"], "AWS_REGION": "us-east-1"})
    os.environ.update({k.upper(): v for k, v in said["credentials"].items()})
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    try:
        print(json.dumps(journey(said)), flush=True)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)

def journey(said):
    [context] = made
    fleet, clock = context.part(Fleet), context.clock
    connection = Connection()
    connection.bucket, connection.role_arn = said["bucket"], said["role_arn"]
    sagemaker = boto3.client("sagemaker")
    once = Config(retries={"total_max_attempts": 1})
    runtime = boto3.client("sagemaker-runtime", config=once)
    scaling = boto3.client("application-autoscaling")
    script = SAY.replace("{word!r}", "'x'")
    url = upload(connection, "e/model.tar.gz", {"code/inference.py": script})
    make_model(connection, sagemaker, "e", url)
    deploy(sagemaker, "e", ["e"])
    place = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/e/variant/variant-0",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=3)
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    config = {"TargetValue": 20.0, "PredefinedMetricSpecification": metric}
    scaling.put_scaling_policy(
        **place, PolicyName="p", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=config,
    )

    def count():
        [row] = sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"]
        return row["CurrentInstanceCount"]

    def minute(answers, asked):
        begun = len(answers)
        while len(answers) < begun + asked:
            time.sleep(0.01)
        fleet.telemetry.flush()
        clock.advance(60 - clock.now() % 60 + 0.01)
        settled(sagemaker, "e")
        return count()

    counts = [count()]
    clock.advance(60 - clock.now() % 60 + 0.01)
    pauses = [0]
    with load(runtime, "e", pause=lambda: pauses[0]) as (answers, failed):
        counts += [minute(answers, 100) for _ in range(6)]
        pauses[0] = 0.3
        while counts[-1] > 1 and len(counts) < 50:  # a few requests go on
            counts.append(minute(answers, 0))
        total = len(answers)
    rows = scaling.describe_scaling_activities(**place)["ScalingActivities"]
    told = [(row["StatusCode"], row["Description"], row["Cause"]) for row in rows]
    limits = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    deploy(sagemaker, "cold", ["e"], serverless=limits)
    [variant] = fleet.live("us-east-1", "cold").variants
    first = psutil.Process(variant.workers[0].pid)
    clock.advance(301)
    until(lambda: not first.is_running())
    slept = variant.size
    slept = [slept, invoke(runtime, "cold").decode(), variant.size]
    lost = [str(error) for error in failed]
    found = {"counts": counts, "failed": lost, "total": total, "told": told}
    return {**found, "slept": slept}

with tempfile.TemporaryDirectory() as name:
    ready = pathlib.Path(name, "ready.json")
    threading.Thread(target=drive, daemon=True).start()
    server.serve(pathlib.Path(name), ephemeral=False, ready=ready)
"""


def test_load_brings_three_servers_and_its_end_leaves_one(elsewhere, request):
    here = str(request.path.parents[1])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, here],
        env=elsewhere,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["failed"] == [] and found["total"] > 600
    counts = found["counts"]
    assert counts[:3] == [1, 1, 1] and counts[6] == 3
    assert counts[-1] == 1 and len(counts) >= 16  # low for 15 minutes
    *down, up = found["told"]
    start = "monitor alarm TargetTracking-endpoint/e/variant/variant-0-Alarm"
    assert up[:2] == ["Successful", "Setting desired instance count to 3."]
    assert up[2].startswith(f"{start}High-")
    assert up[2].endswith(" in state ALARM triggered policy p")
    assert down[0][:2] == ["Successful", "Setting desired instance count to 1."]
    assert all(row[2].startswith(f"{start}Low-") for row in down)
    assert found["slept"] == [0, "x", 1]  # its server had ended, and was started
