"""The exercises of lesson 16: a bill by owner, a policy, the age of a request."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from course.check import Wrong, as_number, call, describe, exercise, expect, given
from localaws.iam import policy

WINDOW = 15  # minutes that a signed request is good for
OWNERS = ("ana", "bo", "chi", "data-team")
ROW: dict[str, Any] = {"hours": 720, "rate": 0.096, "owner": "ana"}
BILLS: tuple[list[dict], ...] = (
    [ROW],
    [ROW, {"hours": 10, "rate": 1.006, "owner": None}],
    [{"hours": 2, "rate": 0.5, "owner": "bo"}, ROW, {**ROW, "hours": 3}],
    [],
)


@exercise(
    "A row costs hours times rate. Rows of one owner add up.",
    'row["owner"] or "nobody" is the name under which a row counts.',
)
def by_owner(answer):
    """A function from the rows of a bill to the dollars of each owner."""
    rng = np.random.default_rng()
    for rows in (*BILLS, *(_bill(rng, size) for size in (2, 7, 30))):
        got = call(answer, rows=rows)
        expect(
            hasattr(got, "items"),
            f"return a dictionary; it returned {describe(got)}{_about(rows)}.",
        )
        _compare(dict(got.items()), _sums(rows), _about(rows))
    return "What nobody has put a name on, nobody switches off."


def _bill(rng: np.random.Generator, size: int) -> list[dict]:
    """Rows whose owners repeat, some of them without one."""
    names = [None, *OWNERS[: rng.integers(1, 5)]]
    return [
        {
            "hours": round(float(rng.uniform(0.1, 720)), 2),
            "rate": round(float(rng.uniform(0.01, 4)), 4),
            "owner": names[rng.integers(len(names))],
        }
        for _ in range(size)
    ]


def _sums(rows: list[dict]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for row in rows:
        owner = row["owner"] or "nobody"
        sums[owner] = sums.get(owner, 0.0) + row["hours"] * row["rate"]
    return sums


def _about(rows: list[dict]) -> str:
    return given({"rows": rows})


def _compare(got: dict, right: dict[str, float], about: str) -> None:
    """Raise Wrong unless the owners and their dollars are the same."""
    if "nobody" in right and None in got:
        raise Wrong(f'rows without an owner count under "nobody", not None{about}.')
    for owner in right:
        expect(owner in got, f'"{owner}" is missing{about}.')
    for owner in got:
        expect(owner in right, f"{owner!r} has no row on the bill{about}.")
    for owner, dollars in right.items():
        paid = as_number(got[owner], f'the sum of "{owner}"')
        told = f'"{owner}" pays {paid:.6g} dollars, expected {dollars:.6g}{about}'
        expect(np.isclose(paid, dollars, rtol=1e-6, atol=1e-9), f"{told}.")


@exercise(
    "Three statements: one for listing, one for reading, one for writing.",
    "s3:ListBucket is about the bucket, arn:aws:s3:::NAME; s3:GetObject and "
    "s3:PutObject are about objects, arn:aws:s3:::NAME/KEY, where KEY may end in *.",
    'The listing has a Condition: {"StringEquals": {"s3:prefix": "photos/"}}.',
)
def labeller(answer):
    """A function from a bucket's name to the policy of somebody who labels photos."""
    for number in np.random.default_rng().integers(100, 10**6, size=3):
        bucket = f"n2e-{number}"
        document = _read(call(answer, bucket=bucket))
        for needed in (True, False):
            for words, question in _questions(bucket, needed):
                granted = policy.decide([document], question) == policy.ALLOWED
                about = f"{words} ({question.action} on {question.resource})"
                expect(
                    granted or not needed, f"too tight: it does not let them {about}."
                )
                expect(needed or not granted, f"too loose: it lets them {about}.")
    return "They can do their work. Whoever steals their key can do no more than that."


def _read(document: Any) -> policy.Document:
    """The policy as IAM would take it; Wrong where it is none."""
    try:
        text = document if isinstance(document, str) else json.dumps(document)
        found = policy.read(text)
    except (TypeError, ValueError) as error:
        raise Wrong(f"IAM would not take this policy: {error}.") from None
    expect(
        found.get("Version") == "2012-10-17",
        'the Version of the language is "2012-10-17".',
    )
    statements = found.get("Statement") or []
    for one in statements if isinstance(statements, list) else [statements]:
        for name in ("Action", "Resource"):
            present = one.get(name) or one.get(f"Not{name}")
            expect(present, f"IAM would not take it: a Statement has no {name}.")
        expect("Principal" not in one, "whose policy this is, it does not say itself.")
    return found


def _questions(bucket: str, needed: bool) -> Iterator[tuple[str, policy.Question]]:
    """What is needed, or not, in words, and as it is asked."""
    arn = f"arn:aws:s3:::{bucket}"
    photo, label = f"{arn}/photos/7.jpg", f"{arn}/labels/7.json"
    rows = [
        ("list the photos", "s3:ListBucket", arn, "photos/"),
        ("read a photo", "s3:GetObject", photo, None),
        ("read a photo of a subfolder", "s3:GetObject", f"{arn}/photos/a/b.png", None),
        ("write a label", "s3:PutObject", label, None),
        ("write a label of a subfolder", "s3:PutObject", f"{arn}/labels/a/b", None),
    ]
    if not needed:
        rows = [
            ("list the whole bucket", "s3:ListBucket", arn, None),
            ("list the wages", "s3:ListBucket", arn, "wages/"),
            ("list another bucket", "s3:ListBucket", f"{arn}-old", "photos/"),
            ("list all buckets", "s3:ListAllMyBuckets", "*", None),
            ("list old versions", "s3:ListBucketVersions", arn, "photos/"),
            ("read who may see a photo", "s3:GetObjectAcl", photo, None),
            ("open a label to everybody", "s3:PutObjectAcl", label, None),
            ("put a tag on a label", "s3:PutObjectTagging", label, None),
            ("read a label", "s3:GetObject", label, None),
            ("read the wages", "s3:GetObject", f"{arn}/wages/may.csv", None),
            ("read photos-private", "s3:GetObject", f"{arn}/photos-private/1", None),
            ("read another bucket", "s3:GetObject", f"{arn}-old/photos/7.jpg", None),
            ("overwrite a photo", "s3:PutObject", photo, None),
            ("write anywhere", "s3:PutObject", f"{arn}/wages/may.csv", None),
            ("write to labels-old", "s3:PutObject", f"{arn}/labels-old/1", None),
            ("write to another bucket", "s3:PutObject", f"{arn}-old/labels/1", None),
            ("delete a photo", "s3:DeleteObject", photo, None),
            ("delete a label", "s3:DeleteObject", label, None),
            ("open a photo to everybody", "s3:PutObjectAcl", photo, None),
            ("delete the bucket", "s3:DeleteBucket", arn, None),
            ("write the bucket's policy", "s3:PutBucketPolicy", arn, None),
            ("start a machine", "ec2:RunInstances", "*", None),
            ("make a user", "iam:CreateUser", "*", None),
        ]
    for words, action, resource, prefix in rows:
        keys = {} if prefix is None else {"s3:prefix": [prefix]}
        yield words, policy.Question(action, resource, keys)


@exercise(
    "The date goes into three places: the header, the scope, the signature.",
    "send(...)[0] is 200 while the request is taken. Try one minute after the other.",
)
def replay(minutes):
    """The greatest age of a signed request, in whole minutes, that is accepted."""
    value = as_number(minutes, "the age")
    expect(value >= 0, "a date in the past has an age above 0.")
    expect(
        value >= 1,
        "a signature does not know whether it was used: send it twice and see.",
    )
    expect(
        value <= WINDOW,
        f"{value:g} minutes are too many: send such a request, and read the answer.",
    )
    expect(value >= WINDOW - 1, f"it is still taken after {value:g} minutes.")
    return (
        "A recorded request can be sent again for a quarter of an hour. So requests "
        "travel encrypted, by HTTPS, and the hash covers their body."
    )
