"""Processing jobs that really run: inputs, outputs, hosts, messages, ends."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError
from processing_jobs import given, taken
from roles import allow, make_role
from waiting import until

BELOW = "/opt/ml/processing"
ALL = f"""
import json, os, sys
told = json.load(open("/opt/ml/config/processingjobconfig.json"))
config = json.load(open("/opt/ml/config/resourceconfig.json"))
print("hosts", config["current_host"], config["hosts"])
print("told", told["ProcessingJobName"] == os.environ["PROCESSING_JOB_NAME"])
print("arn", told["ProcessingJobArn"] == os.environ["PROCESSING_JOB_ARN"])
print("arguments", sys.argv[1:], os.environ["WORD"])
print("output", told["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["LocalPath"])
text = open("{BELOW}/a/x.csv").read() + open("{BELOW}/b/deep/y.csv").read()
os.makedirs("{BELOW}/out/deep")
open("{BELOW}/out/deep/both.csv", "w").write(text)
open("/opt/ml/model/weights", "w").write("42")
open("/opt/ml/output/message", "w").write("ünder /opt/ml")
"""


@pytest.fixture
def place(connection):
    """The address of a prefix of a test's own, and the prefix."""
    prefix = f"out-{time.time_ns()}/"
    return f"s3://{connection.bucket}/{prefix}", prefix


def test_a_script_finds_its_inputs_and_its_outputs_are_stored(
    process, ended, log_of, keys, connection, s3, place
):
    uri, prefix = place
    for key in ("in/a/x.csv", "in/b/deep/y.csv"):
        s3.put_object(Bucket=connection.bucket, Key=key, Body=key.encode())
    name = process(
        ALL,
        [
            given("a", f"s3://{connection.bucket}/in/a", f"{BELOW}/a"),
            given("b", f"s3://{connection.bucket}/in/b/", f"{BELOW}/b/"),
        ],
        [
            taken("out", f"{uri}out", f"{BELOW}/out"),
            taken("model", f"{uri}model/", "/opt/ml/model/"),
        ],
        ["--rate", "0.5", "two words"],
        Environment={"WORD": "/opt/ml here"},
    )
    job = ended(name)
    assert job["ProcessingJobStatus"] == "Completed", job
    lines = log_of(name)
    for line in (
        "hosts algo-1 ['algo-1']",
        "told True",
        "arn True",
        "arguments ['--rate', '0.5', 'two words'] /opt/ml here",
        f"output {BELOW}/out",
    ):
        assert line in lines
    both = b"in/a/x.csvin/b/deep/y.csv"
    assert keys(prefix) == {"out/deep/both.csv": both, "model/weights": b"42"}
    assert job["ExitMessage"] == "ünder /opt/ml"
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}


HOST = f"""
import json, pathlib
me = json.load(open("/opt/ml/config/resourceconfig.json"))["current_host"]
shard = sorted(p.name for p in pathlib.Path("{BELOW}/in").iterdir())
print(me, shard)
for name in (me, "shared"):
    pathlib.Path("{BELOW}/out", name).write_text(me)
pathlib.Path("/opt/ml/output/message").write_text(me[-1] * 600)
"""


def test_two_hosts_share_the_input_and_store_to_one_place(
    process, ended, log_of, keys, connection, s3, place
):
    uri, prefix = place
    for key in "abc":
        s3.put_object(Bucket=connection.bucket, Key=f"shards/{key}", Body=b"1")
    data = given(
        "in",
        f"s3://{connection.bucket}/shards/",
        f"{BELOW}/in",
        S3DataDistributionType="ShardedByS3Key",
    )
    cluster = {"InstanceCount": 2}
    out = taken("out", uri, f"{BELOW}/out")
    name = process(HOST, [data], [out], ClusterConfig=cluster)
    job = ended(name)
    assert job["ProcessingJobStatus"] == "Completed", job
    assert {"algo-1 ['a', 'c']", "algo-2 ['b']"} <= {*log_of(name)}
    assert keys(prefix) == {
        "algo-1": b"algo-1",
        "algo-2": b"algo-2",
        "shared": b"algo-1",
    }
    assert job["ExitMessage"] == "1" * 600 + "2" * 424


NOW = f"""
import boto3, os, time
open("{BELOW}/now/first", "w").write("1")
open("{BELOW}/end/last", "w").write("2")
s3 = boto3.client("s3")
def stored(place):
    bucket, _, prefix = os.environ[place].removeprefix("s3://").partition("/")
    return s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"]
while not stored("NOW"):
    time.sleep(0.05)
print("stored", stored("NOW"), stored("END"), flush=True)
open("{BELOW}/now/second", "w").write("3")
open("/opt/ml/output/message", "wb").write(os.environ["MESSAGE"].encode("latin-1"))
if os.environ["FAILS"]:
    raise ValueError(os.environ["FAILS"])
"""


@pytest.mark.parametrize(
    ("message", "fails", "status", "reason"),
    [
        ("fine", "", "Completed", ""),
        ("why", "seven", "Failed", "AlgorithmError: ValueError: seven, exit code: 1"),
        ("\xfc", "", "Failed", "ClientError: /opt/ml/output/message is not encoded"),
    ],
)
def test_continuous_is_stored_while_the_job_runs_and_the_rest_when_it_completes(
    process, ended, log_of, keys, place, message, fails, status, reason
):
    uri, prefix = place
    outputs = [
        taken("now", f"{uri}now", f"{BELOW}/now", "Continuous"),
        taken("end", f"{uri}end", f"{BELOW}/end"),
    ]
    places = {"NOW": f"{uri}now", "END": f"{uri}end"}
    variables = {**places, "MESSAGE": message, "FAILS": fails}
    name = process(NOW, outputs=outputs, Environment=variables)
    job = ended(name)
    assert "stored 1 0" in log_of(name)
    assert job["ProcessingJobStatus"] == status
    assert job.get("FailureReason", "").startswith(reason)
    found = {"now/first": b"1", "now/second": b"3"}
    if status == "Completed":
        found["end/last"] = b"2"
    assert keys(prefix) == found
    assert job.get("ExitMessage", "") == ("" if message == "\xfc" else message)


@pytest.mark.parametrize("limit", [1, None])
def test_a_job_ends_at_its_limit_and_when_it_is_asked_to(
    process, ended, log_of, sagemaker, keys, place, limit
):
    uri, prefix = place
    code = f"import time\nprint(open('{BELOW}/out/x', 'w').write('1'), flush=True)\n"
    limits = {"MaxRuntimeInSeconds": limit or 100}
    name = process(
        code + "time.sleep(300)",
        outputs=[taken("out", uri, f"{BELOW}/out")],
        StoppingCondition=limits,
    )
    until(lambda: log_of(name))
    if not limit:
        sagemaker.stop_processing_job(ProcessingJobName=name)
    job = ended(name)
    assert job["ProcessingJobStatus"] == "Stopped" and "FailureReason" not in job
    assert keys(prefix) == {}
    with pytest.raises(ClientError, match="processing job is in status Stopped"):
        sagemaker.stop_processing_job(ProcessingJobName=name)


@pytest.mark.parametrize("mode", ["namespace"], indirect=True)
def test_what_the_role_may_not_do_fails_the_job(
    process, ended, connection, place, mode
):
    allowed = allow("s3:GetObject", "s3:ListBucket")
    role = make_role(boto3.client("iam"), "reader", allowed)
    out = taken("out", place[0], f"{BELOW}/out")
    code = f"open('{BELOW}/out/x', 'w').write('1')"
    job = ended(process(code, outputs=[out], RoleArn=role))
    assert job["ProcessingJobStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith('ClientError: Upload of output "out" failed')
    assert "AccessDenied" in reason
    data = given("none", f"s3://{connection.bucket}/absent/", f"{BELOW}/none")
    job = ended(process(code, [data]))
    assert "No S3 objects found under S3 URL" in job["FailureReason"]


@pytest.mark.parametrize("mode", ["namespace"], indirect=True)
def test_a_job_without_a_network_reaches_nobody(process, ended, log_of, mode):
    code = "import os, socket\nprint([n for n in os.environ if n[:5] == 'AWS_A'])\n"
    code += "try:\n    socket.create_connection(('1.1.1.1', 53), 2)\n"
    code += "except OSError:\n    print('no way')"
    network = {"EnableNetworkIsolation": True}
    name = process(code, NetworkConfig=network)
    job = ended(name)
    assert job["ProcessingJobStatus"] == "Completed" and job["NetworkConfig"] == network
    assert log_of(name)[-2:] == ["[]", "no way"]
