"""What the cloud lessons need of an account: recorded while each runs under IAM.

A lesson runs on the AWS of this machine with a policy that grants what is stored for
it, and nothing else; what it then needed is written down by the server. Names that
change from run to run become patterns.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from course.cloud import PREFIX
from course.tools.lessons import ROOT, Lesson
from localaws.iam.recorder import document

STORED = ROOT / "book" / "permissions.json"
CLOUD = re.compile(r"\bconnect\(where\b")
SETTING_UP = "iam:PutRolePolicy", "arn:aws:iam::ACCOUNT:role/ROLE"  # of `begin` itself
LOGS = "/aws/lambda/", "/aws/sagemaker/Endpoints/"  # a name of the course follows
TO = " to "  # between iam:PassRole and the service that a role is passed to
ACCOUNT, ROLE = "ACCOUNT", "ROLE"  # what whoever uses the policy writes there

Needs = dict[str, list[str]]  # by action, patterns of the resources

# What AWS asks for and this machine does not use, besides the logs of a job: images,
# metrics, the default bucket; and networks, without which the SDK's own check refuses a
# role (sagemaker.core.helper.iam_role_resolver).
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
_ANYWHERE = (
    *("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability"),
    *("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"),
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
    *("cloudwatch:PutMetricData", "ec2:DescribeVpcs", "ec2:DescribeSubnets"),
    *("ec2:DescribeSecurityGroups", "ec2:DescribeDhcpOptions"),
    *("ec2:DescribeNetworkInterfaces", "ec2:CreateNetworkInterface"),
    *("ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
    "ec2:DeleteNetworkInterfacePermission",
)
BESIDES: Needs = {
    **{action: ["*"] for action in _ANYWHERE},
    "s3:CreateBucket": ["arn:aws:s3:::sagemaker-*"],
    "s3:GetBucketLocation": ["arn:aws:s3:::sagemaker-*"],
}


def uses_cloud(lesson: Lesson) -> bool:
    """Whether a lesson connects to an account."""
    cells = lesson.notebook.cells
    return any(c.cell_type == "code" and CLOUD.search(c.source) for c in cells)


def stored() -> dict[str, Needs]:
    """What each cloud lesson needs, by its name."""
    return json.loads(STORED.read_text(encoding="utf-8"))


def store(name: str, needs: Needs) -> None:
    """Write down what a lesson needs."""
    found = dict(sorted({**(stored() if STORED.exists() else {}), name: needs}.items()))
    STORED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def record(
    lesson: Lesson, parameters: Mapping[str, object], granted: Needs | None
) -> Needs:
    """Run a lesson with what is granted, everything where that is None; what it needed.

    Raises RuntimeError with the lesson's own error where it fails.
    """
    with tempfile.TemporaryDirectory(prefix="course-") as name:
        grant, recorded = Path(name, "granted.json"), Path(name, "recorded.json")
        grant.write_text(json.dumps(granted))
        target, values = Path(name, lesson.path.name), json.dumps(dict(parameters))
        told = [str(grant), str(lesson.path), str(target), values]
        localaws = [sys.executable, "-m", "localaws", "run", "--enforce-iam"]
        done = subprocess.run(
            [*localaws, "--record-policy", str(recorded), "--", *_program(), *told],
            cwd=lesson.path.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{lesson.name} failed:\n{done.stdout[-4000:]}")
        return generalised(json.loads(recorded.read_text()).values())


def _program() -> list[str]:
    return [sys.executable, "-m", __name__]


def generalised(policies: Iterable[Mapping[str, Any]]) -> Needs:
    """What recorded policies allow, for other names of the course's, at any region."""
    found: dict[str, set[str]] = {}
    for statement in (row for policy in policies for row in policy["Statement"]):
        condition = statement.get("Condition", {}).get("StringEquals", {})
        to = "".join(f"{TO}{service}" for service in condition.values())
        for action in statement["Action"]:
            places = {pattern(place) for place in statement["Resource"]}
            found.setdefault(action + to, set()).update(places)
    action, own = SETTING_UP
    found.get(action, set()).discard(own)
    return {name: sorted(places) for name, places in sorted(found.items()) if places}


def pattern(resource: str) -> str:
    """The pattern that stands for a resource of one run."""
    kind, *rest = resource.split(":", 5)
    if kind != "arn" or len(rest) < 5:
        return resource
    partition, service, region, account, name = rest
    if service == "s3":
        bucket, slash, key = name.partition("/")
        bucket = "sagemaker-*" if bucket.startswith("sagemaker-") else _named(bucket)
        name = bucket + (f"/{_named(key)}" if slash else "")
    elif service == "iam" and name.startswith("role/"):
        name = name if PREFIX in name else f"role/{ROLE}"
        name = re.sub(rf"{PREFIX}.*", f"{PREFIX}*", name)
    else:
        head = re.match(r"[\w-]*[/:]", name)  # the kind of resource, where it is said
        kind = head[0] if head else ""
        name = kind + _named(name.removeprefix(kind))
    place = ("arn", partition, service, region and "*", account and ACCOUNT, name)
    return ":".join(place)


def _named(name: str) -> str:
    """A name of the course's as a pattern; AWS's own log groups as they are.

    The log group of a function or an endpoint ends with its name.
    """
    for place in ("", *LOGS):
        if name.startswith(place + PREFIX):
            return f"{place}{PREFIX}*"
    return name if name.startswith("/aws/") else "*"


def policy(needs: Iterable[Needs]) -> dict[str, Any]:
    """The policy that allows what some lessons need together."""
    return document(
        (action, place, _condition(to))
        for each in needs
        for wanted, places in each.items()
        for action, _, to in [wanted.partition(TO)]
        for place in places
    )


def _condition(to: str) -> str:
    """The condition that a role is passed to a service alone, as JSON, or ""."""
    return json.dumps({"StringEquals": {"iam:PassedToService": to}}) if to else ""


def filled(document: Mapping[str, Any], account: str, role: str) -> str:
    """A policy as JSON for one account, in which the role has this name."""
    text = json.dumps(document)
    return text.replace(f":{ACCOUNT}:", f":{account}:").replace(
        f":role/{ROLE}", f":role/{role}"
    )


def begin(granted: Needs | None) -> None:
    """Let the execution role of this machine's AWS do what is granted, nothing else."""
    import boto3

    from localaws import client

    here = client.connect()
    if granted is None:
        return
    role = here.role_arn.rpartition("/")[2]
    boto3.client("iam").put_role_policy(
        RoleName=role,
        PolicyName="Everything",
        PolicyDocument=filled(policy([granted, BESIDES]), here.account, role),
    )


def main() -> None:
    """Take the rights away, then run the lesson: GRANTED LESSON TARGET PARAMETERS."""
    granted, *told = sys.argv[1:]
    begin(json.loads(Path(granted).read_text()))
    words = [sys.executable, "-m", "course.tools.runner", *told]
    os.execv(words[0], words)


if __name__ == "__main__":
    main()
