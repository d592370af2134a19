"""The exercises of lesson 16: answers that are wrong, right, and not attempted."""

import json
from collections import Counter, defaultdict
from itertools import groupby

import numpy as np
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from course.cloud.permissions import allow
from localaws.iam import policy


def cost(row):
    return row["hours"] * row["rate"]


def name(row):
    return row["owner"] or "nobody"


def summed(rows, owner=name, worth=cost):
    sums = defaultdict(float)
    for row in rows:
        sums[owner(row)] += worth(row)
    return dict(sums)


def by_counter(rows):
    sums = Counter()
    for row in rows:
        sums.update({name(row): cost(row)})
    return sums


def by_pandas(rows):
    import pandas as pd

    table = pd.DataFrame(rows, columns=["hours", "rate", "owner"])
    dollars = table["hours"].astype(float) * table["rate"].astype(float)
    return dollars.groupby(table["owner"].fillna("nobody")).sum()


def by_names(rows):
    owners = {name(row) for row in rows}
    return {o: np.sum([cost(row) for row in rows if name(row) == o]) for o in owners}


def texts(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": [*statements]}


def parts(bucket, listing="photos/", read="/photos/*", write="/labels/*"):
    arn = f"arn:aws:s3:::{bucket}"
    only = {"Condition": {"StringEquals": {"s3:prefix": listing}}} if listing else {}
    return [
        allow("s3:ListBucket", arn, **only),
        allow("s3:GetObject", arn + read),
        allow("s3:PutObject", arn + write),
    ]


def deny(action, resource, **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def by_denial(bucket):
    arn = f"arn:aws:s3:::{bucket}"
    elsewhere = {"StringNotEquals": {"s3:prefix": "photos/"}}
    return texts(
        allow(["s3:ListBucket"], [arn]),
        deny("s3:ListBucket", "*", Condition=elsewhere),
        *parts(bucket)[1:],
    )


def with_names(bucket):
    rows = parts(bucket, read="/photos/*")
    return json.dumps(texts(*({"Sid": f"s{n}", **row} for n, row in enumerate(rows))))


def with_like(bucket):
    rows = parts(bucket)
    rows[0]["Condition"] = {"StringLike": {"s3:prefix": ["photos/*"]}}
    return texts(*rows)


def listing(operator, *prefixes):
    """A policy whose listing has another condition."""

    def answer(bucket):
        rows = parts(bucket)
        rows[0]["Condition"] = {operator: {"s3:prefix": list(prefixes)}}
        return texts(*rows)

    return answer


def besides(actions, rest="", **more):
    """A policy that does the work, and has one statement more."""
    return lambda bucket: texts(
        *parts(bucket), allow(actions, f"arn:aws:s3:::{bucket}{rest}", **more)
    )


def all_but(bucket):
    rest = {"NotAction": ["s3:Put*", "s3:Delete*"], "Effect": "Allow"}
    return texts(*parts(bucket), {**rest, "Resource": f"arn:aws:s3:::{bucket}/*"})


def anyone(bucket):
    return texts(*({**row, "Principal": "*"} for row in parts(bucket)))


WRONG = {
    "by_owner": {
        "the last row of each": lambda rows: {name(r): cost(r) for r in rows},
        "without nobody": lambda rows: summed([r for r in rows if r["owner"]]),
        "None stays None": lambda rows: summed(rows, owner=lambda r: r["owner"]),
        "hours": lambda rows: summed(rows, worth=lambda r: r["hours"]),
        "rates": lambda rows: summed(rows, worth=lambda r: r["rate"]),
        "rows": lambda rows: summed(rows, worth=lambda r: 1),
        "sums before products": lambda rows: {
            o: sum(r["hours"] for r in rows if name(r) == o)
            * sum(r["rate"] for r in rows if name(r) == o)
            for o in map(name, rows)
        },
        "the total": lambda rows: sum(map(cost, rows)),
        "cents": lambda rows: summed(rows, worth=lambda r: round(cost(r), 2)),
        "everybody is ana": lambda rows: summed(rows, owner=lambda r: "ana"),
        "a list of pairs": lambda rows: [*summed(rows).items()],
        "always nobody": lambda rows: {"nobody": 0, **summed(rows)},
        "no return": lambda rows: None,
        "takes the rows away": lambda rows: [summed(rows), rows.clear()][0],
        "texts": lambda rows: {o: f"${d}" for o, d in summed(rows).items()},
        "each row once": lambda rows: summed(
            [dict(row) for row in {tuple(row.items()) for row in rows}]
        ),
        "rows that stand together": lambda rows: {
            owner: sum(map(cost, group)) for owner, group in groupby(rows, key=name)
        },
        "per day": lambda rows: summed(rows, worth=lambda r: cost(r) * 24),
    },
    "labeller": {
        "everything": lambda bucket: texts(allow("*", "*")),
        "all of S3": lambda bucket: texts(allow("s3:*", "*")),
        "all of the bucket": lambda bucket: texts(
            allow("s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])
        ),
        "the bucket's ARN": lambda bucket: texts(*parts(bucket, read="", write="")),
        "any listing": lambda bucket: texts(*parts(bucket, listing="")),
        "another prefix": lambda bucket: texts(*parts(bucket, listing="photos")),
        "reads all": lambda bucket: texts(*parts(bucket, read="/*")),
        "reads what begins alike": lambda b: texts(*parts(b, read="/photos*")),
        "writes all": lambda bucket: texts(*parts(bucket, write="/*")),
        "writes what begins alike": lambda b: texts(*parts(b, write="/labels*")),
        "writes photos": lambda bucket: texts(*parts(bucket, write="/photos/*")),
        "no subfolders": lambda b: texts(*parts(b, read="/photos/?.jpg")),
        "one kind of photo": lambda b: texts(*parts(b, read="/photos/*.jpg")),
        "one kind of label": lambda b: texts(*parts(b, write="/labels/*.json")),
        "what begins with get": lambda b: texts(
            *parts(b), allow("s3:GetObject*", f"arn:aws:s3:::{b}/photos/*")
        ),
        "no listing": lambda bucket: texts(*parts(bucket)[1:]),
        "no writing": lambda bucket: texts(*parts(bucket)[:2]),
        "all actions": lambda bucket: texts(
            *parts(bucket), allow("s3:*", f"arn:aws:s3:::{bucket}/labels/*")
        ),
        "puts of all kinds": lambda bucket: texts(
            *parts(bucket), allow("s3:Put*", f"arn:aws:s3:::{bucket}/*")
        ),
        "any bucket": lambda bucket: texts(*parts("*")),
        "a fixed bucket": lambda bucket: texts(*parts("n2e-photos")),
        "buckets that begin alike": lambda bucket: texts(*parts(f"{bucket}*")),
        "for anyone": anyone,
        "denies too much": lambda b: texts(*parts(b), deny("s3:Get*", "*")),
        "lists labels too": listing("StringEquals", "photos/", "labels/"),
        "lists what begins alike": listing("StringLike", "photos*"),
        "lists what ends alike": listing("StringLike", "*photos/"),
        "lists with an empty prefix": listing("StringEquals", "photos/", ""),
        "lists where nothing is said": listing("StringEqualsIfExists", "photos/"),
        "lists its own prefix": listing("StringEquals", "${s3:prefix}"),
        "reads what ends alike": lambda b: texts(*parts(b, read="/*photos/*")),
        "writes what ends alike": lambda b: texts(*parts(b, write="/*labels/*")),
        "photos with a dot": lambda b: texts(*parts(b, read="/photos/*.*")),
        "another first letter": lambda b: texts(*parts(f"?{b[1:]}")),
        "buckets that end alike": lambda b: texts(*parts(f"*{b}")),
        "old versions": besides("s3:GetObjectVersion", "/photos/*"),
        "a lifecycle": besides("s3:PutLifecycleConfiguration"),
        "a copy elsewhere": besides("s3:PutReplicationConfiguration"),
        "another service": lambda b: texts(*parts(b), allow("sagemaker:*", "*")),
        "all but": all_but,
        "denies some": lambda b: texts(
            *parts(b), deny("s3:GetObject", f"arn:aws:s3:::{b}/photos/old/*")
        ),
        "a remark": lambda b: texts(*({**row, "Comment": "x"} for row in parts(b))),
        "no service": besides("GetObject", "/photos/*"),
        "no ARN": lambda b: texts(*parts(b), allow("s3:GetObject", f"{b}/photos/*")),
        "no such operator": besides(
            "s3:GetObject", "/photos/*", Condition={"StringEqual": {"s3:prefix": "x"}}
        ),
        "an old version": lambda b: texts(*parts(b), version="2008-10-17"),
        "the statements alone": parts,
        "no resource": lambda b: texts({"Effect": "Allow", "Action": "s3:GetObject"}),
        "another word": lambda b: texts({**parts(b)[0], "Effect": "Permit"}),
        "nothing": lambda bucket: texts(),
        "no return": lambda bucket: None,
        "no policy": lambda bucket: "s3:GetObject",
        "a set": lambda bucket: {"Statement"},
    },
    "replay": {
        "the misconception": 0,
        "one": 1,
        "five": 5,
        "ten": 10,
        "thirteen": 13,
        "an hour": 60,
        "a day": 1440,
        "for ever": float("inf"),
        "in the future": -15,
        "seconds": 900,
        "text": "15",
        "a list": [15],
        "not a number": float("nan"),
        "yes": True,
    },
}
RIGHT = {
    "by_owner": [summed, by_counter, by_pandas, by_names],
    "labeller": [
        lambda bucket: texts(*parts(bucket)),
        by_denial,
        with_names,
        with_like,
    ],
    "replay": [14, 15, np.int64(14), 14.98],
}
SAYS = {
    "by_owner": {
        "None stays None": "not None",
        "without nobody": '"nobody" is missing',
        "the last row of each": "pays",
    },
    "labeller": {
        "the bucket's ARN": "too tight",
        "all of S3": "too loose",
        "reads what begins alike": "photos-private",
        "an old version": "2012-10-17",
        "the statements alone": "must be a JSON object",
        "a lifecycle": "allows s3:PutLifecycleConfiguration",
        "lists with an empty prefix": 'with the prefix ""',
        "any listing": "allows all of s3:ListBucket",
        "no service": "prefaced by a vendor",
    },
    "replay": {"the misconception": "send it twice"},
}
STUBS = {"by_owner": lambda rows: ..., "labeller": lambda bucket: ..., "replay": ...}
NEEDS = {"allow": allow}
ROWS = [
    {"hours": 5.5, "rate": 0.3017, "owner": "a"},
    {"hours": 7, "rate": 0.4013, "owner": None},
    {"hours": 2, "rate": 0.1, "owner": "a"},
    {"hours": 3, "rate": 1.5, "owner": None},
]
PREFIXES = ("photos/", "wages/", "labels/", "photos-private/", "old/photos/", "")
KEYS = [*(("s3:prefix", prefix) for prefix in PREFIXES), ("none", "")]
ARNS = ("b-1", "b-1-old", "old-b-1", "x-1", "b-1-old/photos/7.jpg", "b-1/wages/x")
ARNS += ("b-1/photos/7.jpg", "b-1/photos/a/b.png", "b-1/photos/7", "b-1/photos/old/1")
ARNS += ("b-1/photos-private/1", "b-1/old/photos/7.jpg", "b-1/labels/7.json")
ARNS += ("b-1/labels/a", "b-1/labels-old/1", "b-1/old/labels/7.json")
ACTIONS = ("ListBucket", "GetObject", "PutObject", "DeleteObject", "PutObjectAcl")
ACTIONS += ("GetObjectAcl", "GetObjectVersion", "PutLifecycleConfiguration")
ACTIONS += ("PutReplicationConfiguration",)


def decisions(answer):
    """What a policy decides of many requests, and whether IAM would take it."""
    given = answer("b-1")
    text = given if isinstance(given, str) else json.dumps(given)
    document = policy.read(text)
    assert document["Version"] == "2012-10-17" and "Principal" not in str(document)
    asked = [
        policy.Question(f"s3:{action}", f"arn:aws:s3:::{name}", {key: [value]})
        for action in ACTIONS
        for name in ARNS
        for key, value in KEYS
    ]
    asked.append(policy.Question("sagemaker:CreateEndpoint"))
    found = [policy.decide([document], one) == policy.ALLOWED for one in asked]
    return [*found, is_valid(text)]


def is_valid(text):
    try:
        IAMPolicyDocumentValidator(text).validate()
    except MalformedPolicyDocument:
        return False
    return True


def bills(answer):
    """The sums of each bill, and how many rows it leaves on it."""
    found = []
    for rows in (ROWS, ROWS[:1], ROWS[:1] * 2, []):
        given = [dict(row) for row in rows]
        found += [sorted(answer(given).items()), len(given)]
    return found


PROBES = {"by_owner": bills, "labeller": decisions}
