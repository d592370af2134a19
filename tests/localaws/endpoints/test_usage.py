"""What a server takes of the machine is measured, with all that it started."""

import os
import subprocess
import sys
import time

import pytest
from inside import Worker, variant_of
from waiting import until

from localaws.endpoints import usage
from localaws.endpoints.deployment import Deployment
from localaws.machine.usage import taken

BUSY = """
import os, subprocess, sys, time
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "child"])
kept = bytearray(os.urandom(1)) * 50_000_000
end = time.monotonic() + 60
while time.monotonic() < end:
    pass
"""


@pytest.fixture
def busy(tmp_path):
    """A process that waits for its child, which computes and holds 50 MB."""
    (tmp_path / "busy.py").write_text(BUSY)
    process = subprocess.Popen([sys.executable, tmp_path / "busy.py"], process_group=0)
    yield process
    os.killpg(process.pid, 9)
    process.wait()


def test_each_instance_has_its_share_in_cloudwatch(context, tmp_path, busy):
    worker = Worker("a")
    worker.pid = busy.pid
    idle = Worker("b")
    idle.pid = None
    deployment = Deployment([variant_of("a", worker, idle)], tmp_path, {})
    deployment.start()
    live = {("us-east-1", "e"): deployment}
    made = usage.Usage(context, lambda: live)
    until(lambda: taken(busy.pid)[0] >= 2)
    made.measure()
    made.close()
    cloudwatch = context.clients.get("cloudwatch", "us-east-1")
    for metric in ("CPUUtilization", "MemoryUtilization"):
        [point] = cloudwatch.get_metric_statistics(
            Namespace="/aws/sagemaker/Endpoints",
            MetricName=metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": "e"},
                {"Name": "VariantName", "Value": "a"},
            ],
            StartTime=time.time() - 60,
            EndTime=time.time() + 60,
            Period=300,
            Statistics=["Maximum", "Minimum", "SampleCount"],
        )["Datapoints"]
        assert (point["SampleCount"], point["Minimum"]) == (2, 0)
        assert 0 < point["Maximum"] < 1000 and point["Unit"] == "Percent"
