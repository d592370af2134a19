"""A training job in one call: what its log says, or why it failed."""

import boto3
import pytest

from course.cloud import jobs

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"


@pytest.fixture
def run(cloud):
    """Return a function that runs a script with one file in its channel."""

    def ran(name, script):
        s3 = boto3.client("s3")
        for key, body in (("code/a.py", script), ("data/n.txt", b"12")):
            s3.put_object(Bucket=cloud.bucket, Key=f"{name}/{key}", Body=body)
        place = f"s3://{cloud.bucket}/{name}"
        return jobs.run(
            name,
            ["python", "/opt/ml/input/data/code/a.py"],
            {"code": f"{place}/code", "data": f"{place}/data"},
            image=IMAGE,
            role=cloud.role,
            output=f"{place}/out",
            instance_type="ml.m5.large",
            numbers=["count", "half"],
        )

    yield ran
    cloud.clean_up()


def test_numbers_of_the_log_come_back(run):
    script = b"n = int(open('/opt/ml/input/data/data/n.txt').read())\n"
    script += b"print(f'count={n} half={n / 2}')"
    assert run("n2e-counted", script) == {"count": 12.0, "half": 6.0}


def test_one_that_fails_says_why(run):
    with pytest.raises(RuntimeError, match=r'"n2e-failed" failed: .*no such thing'):
        run("n2e-failed", b"raise ValueError('no such thing')")
