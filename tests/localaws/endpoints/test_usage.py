"""What a server takes of the machine is measured, with all that it started."""

import os
import subprocess
import sys
import time

import pytest
from inside import Worker, deployment_of
from waiting import until

from localaws.endpoints import usage

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


def test_the_children_of_a_server_count(busy):
    until(lambda: usage.family(busy.pid, usage.processes())[0] >= 1)
    _, memory = usage.family(busy.pid, usage.processes())
    assert 50_000_000 < memory < 500_000_000
    assert usage.family(0, {}) == (0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("00:00:01", 1), ("01:02:03", 3723), ("2-00:00:05", 172_805), ("3:04.50", 184.5)],
)
def test_times_are_read_as_linux_and_macos_write_them(text, expected):
    assert usage.seconds(text) == expected


def test_each_variant_has_its_share_in_cloudwatch(context, tmp_path, busy):
    worker = Worker("a")
    worker.pid = busy.pid
    live = {("us-east-1", "e"): deployment_of(tmp_path / "d", worker)}
    made = usage.Usage(context, lambda: live)
    until(lambda: usage.family(busy.pid, usage.processes())[0] >= 2)
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
            Statistics=["Maximum"],
        )["Datapoints"]
        assert 0 < point["Maximum"] < 1000 and point["Unit"] == "Percent"
