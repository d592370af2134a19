"""What a reader types into a terminal: the AWS CLI, and a signed address opened."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

BIN = Path(sys.executable).parent
LARGE = 20_000_000  # bytes: the CLI sends it in parts


def aws(*words):
    """Run a command of the AWS CLI and return what it printed."""
    command = [sys.executable, str(BIN / "aws"), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


Path("small.txt").write_text("hello")
Path("large").write_bytes(bytes(range(256)) * (LARGE // 256))
aws("s3", "mb", "s3://mine")
for name in ("small.txt", "large"):
    aws("s3", "cp", name, f"s3://mine/{name}")
aws("s3", "cp", "s3://mine/large", "back")
Path("folder").mkdir()
aws("s3", "sync", "s3://mine", "folder")
address = aws("s3", "presign", "s3://mine/small.txt").strip()
told = {
    "arn": json.loads(aws("sts", "get-caller-identity"))["Arn"],
    "small": aws("s3", "cp", "s3://mine/small.txt", "-"),
    "same": Path("back").read_bytes() == Path("large").read_bytes(),
    "synced": sorted(path.name for path in Path("folder").iterdir()),
    "presigned": urllib.request.urlopen(address).read().decode(),
    "jobs": json.loads(aws("sagemaker", "list-training-jobs")),
    "roles": json.loads(aws("iam", "list-roles", "--query", "Roles[].RoleName")),
    "groups": json.loads(aws("logs", "describe-log-groups")),
}
print(json.dumps(told))
