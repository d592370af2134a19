"""Functions for tests: packed, created, and called."""

import io
import json
import time
import zipfile

import boto3
from botocore.config import Config

ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=60)


def packed(files):
    """Return a zip archive of files, names and texts; the same at any time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return data.getvalue()


def lambdas():
    return boto3.client("lambda", config=ONCE)


def create(code, *, files=None, **members):
    """Create a function of one module; return its name."""
    name = members.pop("FunctionName", f"f-{time.time_ns()}")
    given = {"Runtime": "python3.11", "Role": ROLE, "Handler": "app.handler"}
    archive = packed({"app.py": code, **(files or {})})
    lambdas().create_function(
        FunctionName=name, Code={"ZipFile": archive}, **{**given, **members}
    )
    return name


def allow(name, service, source):
    """Let a service call a function on behalf of a source."""
    lambdas().add_permission(
        FunctionName=name,
        StatementId=service,
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        SourceArn=source,
    )


def ask(name, event=None, **members):
    """Call a function; return the whole answer, its payload as a value."""
    body = json.dumps(event or {}).encode()
    answer = lambdas().invoke(FunctionName=name, Payload=body, **members)
    data = answer["Payload"].read()
    return {**answer, "Payload": json.loads(data) if data else None}


def said(name, *words, seconds=5):
    """Return the lines of a function's logs, when all these words are in them."""
    logs, end = boto3.client("logs"), time.monotonic() + seconds
    while True:
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            found = []
        lines = [event["message"] for event in found]
        text = "\n".join(lines)
        if all(word in text for word in words) or time.monotonic() > end:
            return lines
        time.sleep(0.05)
