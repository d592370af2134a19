"""The exercises of lesson 16: a bill by owner, a policy, the age of a request."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course.check import Wrong, as_number, call, describe, exercise, expect, given
from course.judging.policies import as_policy, listed, named
from localaws.iam import policy

WINDOW = 15  # minutes that a signed request is good for
OWNERS = ("ana", "bo", "chi", "data-team")
ROW: dict[str, Any] = {"hours": 720, "rate": 0.096, "owner": "ana"}
BILLS: tuple[list[dict], ...] = (
    [ROW],
    [ROW, {"hours": 10, "rate": 1.006, "owner": None}],
    [{"hours": 2, "rate": 0.5, "owner": "bo"}, ROW, {**ROW, "hours": 3}],
    [ROW, ROW],
    [],
)
FAULTS = {True: "too tight: it refuses", False: "too loose: it allows"}
WORK = ("s3:listbucket", "s3:getobject", "s3:putobject")
# Of these keys and prefixes a policy must tell apart what the work needs; of the
# actions it must allow none. What the policy itself names is asked besides.
KEYS = (
    *("photos/7.jpg", "labels/7.json", "photos/a/b.png", "labels/a/b", "photos/7"),
    *("labels/7", "wages/may.csv", "photos-private/1", "labels-old/1", "photo/1"),
    *("old/photos/7.jpg", "old/labels/7.json", "oldphotos/7.jpg", "oldlabels/7"),
)
PREFIXES = (
    *("photos/", "", "photos", "photos-private/", "old/photos/", "labels/", "wages/"),
    "p",
)
TOO_MUCH = (
    *("s3:ListAllMyBuckets", "s3:ListBucketVersions", "s3:GetObjectAcl"),
    *("s3:GetObjectVersion", "s3:PutObjectAcl", "s3:PutObjectTagging"),
    *("s3:DeleteObject", "s3:RestoreObject", "s3:DeleteBucket", "s3:PutBucketPolicy"),
    *("s3:PutLifecycleConfiguration", "ec2:RunInstances", "iam:CreateUser"),
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
        document = as_policy(call(answer, bucket=bucket))
        arn = f"arn:aws:s3:::{bucket}"
        asked = [*_questions(arn, document)]
        granted = [policy.decide([document], one) == policy.ALLOWED for one in asked]
        for needed, fault in FAULTS.items():
            for question, may in zip(asked, granted, strict=True):
                if _is_needed(arn, question) == needed:
                    expect(may == needed, f"{fault} {_in_words(question)}.")
    return "They can do their work. Whoever steals their key can do no more than that."


def _questions(arn: str, document: policy.Document) -> Iterator[policy.Question]:
    """What may be asked of this bucket and of others, the policy's own words too."""
    own = named(document, "Resource", "NotResource")
    others = [f"arn:aws:s3:::{name}" for name in _alike(arn.rpartition(":")[2])]
    objects = [f"{arn}/{key}" for key in KEYS] + [text for text in own if "/" in text]
    objects += [f"{other}/{key}" for other in others for key in KEYS[:2]]
    prefixes = [*PREFIXES, *_prefixes(document)]
    for bucket in (arn, *others):
        yield policy.Question("s3:ListBucket", bucket)  # with no prefix: all of it
        for prefix in prefixes:
            yield policy.Question("s3:ListBucket", bucket, {"s3:prefix": [prefix]})
    for action in ("s3:GetObject", "s3:PutObject"):
        yield from (policy.Question(action, one) for one in objects)
    keys = {"s3:prefix": ["photos/"]}
    for action in (*TOO_MUCH, *named(document, "Action", "NotAction")):
        if action.lower() not in WORK:
            for resource in (arn, *objects, *own, "*"):
                yield policy.Question(action, resource, keys)


def _alike(name: str) -> list[str]:
    """Other buckets: longer at one end, or with another letter there."""
    return [f"{name}-old", f"old-{name}", f"{name[:-1]}x", f"x{name[1:]}"]


def _prefixes(document: policy.Document) -> list[str]:
    """The values that the conditions of a policy compare with."""
    conditions = [
        {"Value": value}
        for statement in listed(document.get("Statement"))
        for pairs in (statement.get("Condition") or {}).values()
        for value in pairs.values()
    ]
    return named({"Statement": conditions}, "Value")


def _is_needed(arn: str, question: policy.Question) -> bool | None:
    """Whether the work needs this; None where a policy may do as it likes."""
    if question.action == "s3:ListBucket":
        prefix = question.keys.get("s3:prefix", [""])[0]
        if question.resource == arn and prefix.startswith("photos/"):
            return True if prefix == "photos/" else None
        return False
    below = {"s3:GetObject": f"{arn}/photos/", "s3:PutObject": f"{arn}/labels/"}
    start = below.get(question.action)
    return start is not None and question.resource.startswith(start)


def _in_words(question: policy.Question) -> str:
    words = f"{question.action} on {question.resource}"
    if question.action != "s3:ListBucket":
        return words
    prefix = question.keys.get("s3:prefix")
    return f'{words} with the prefix "{prefix[0]}"' if prefix else f"all of {words}"


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
        "Here a recorded request can be sent again for a quarter of an hour (AWS's "
        "guide says five minutes in most cases). So requests go encrypted, by HTTPS."
    )
