"""What the processes of a job take is measured, and sent to CloudWatch."""

import os
import signal
import subprocess
import sys
import time

import boto3

from localaws.jobs import usage as module
from localaws.jobs.usage import Usage, put

NAMESPACE = "/aws/sagemaker/TrainingJobs"


class Noted:
    """Stands for a client: it notes what it is sent."""

    def __init__(self):
        self.rows = []

    def put_metric_data(self, Namespace, MetricData):
        assert Namespace == NAMESPACE
        self.rows += MetricData


def test_a_refusal_is_noted_in_the_servers_log(context, caplog):
    cloudwatch = context.clients.get("cloudwatch", "us-east-1")
    put(cloudwatch, NAMESPACE, [{"MetricName": "", "Value": 1.0}], "job-7")
    assert "could not write metrics of job-7" in caplog.text


BURN = "data = b'x' * 100_000_000\nwhile True: pass"


def test_what_a_process_and_its_children_take_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SOON", (1.0,))
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    client = Noted()
    usage = Usage(client, NAMESPACE, "job/algo-1", process.pid, tmp_path)
    time.sleep(1.5)
    found = {row["MetricName"]: row for row in client.rows}
    os.killpg(process.pid, signal.SIGKILL)
    usage.close()
    process.wait()
    assert found["CPUUtilization"]["Value"] > 10
    assert found["MemoryUtilization"]["Value"] * module.MEMORY / 100 > 100_000_000
    assert 0 < found["DiskUtilization"]["Value"] < 100
    host = [{"Name": "Host", "Value": "job/algo-1"}]
    assert all(row["Dimensions"] == host for row in client.rows)


def test_a_short_job_has_a_datum_of_each_host(submit, finished):
    name = submit("sum(range(10**6))", ResourceConfig={"InstanceCount": 2})
    assert finished(name)["TrainingJobStatus"] == "Completed"
    cloudwatch = boto3.client("cloudwatch")
    for metric in ("CPUUtilization", "MemoryUtilization", "DiskUtilization"):
        for host in ("algo-1", "algo-2"):
            points = cloudwatch.get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=metric,
                Dimensions=[{"Name": "Host", "Value": f"{name}/{host}"}],
                StartTime=time.time() - 600,
                EndTime=time.time() + 60,
                Period=3600,
                Statistics=["Maximum"],
            )["Datapoints"]
            assert points and points[0]["Maximum"] > 0, (metric, host)
