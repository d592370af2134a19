"""The exercises of lesson 27: answers that are wrong, right, and not attempted."""

import json

import numpy as np
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from course.check import security
from course.cloud.permissions import allow
from localaws.iam import policy

REPORTS = "arn:aws:s3:::{}/reports/*"


def texts(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": [*statements]}


def parts(bucket, key, objects=REPORTS):
    return [allow("s3:GetObject", objects.format(bucket)), allow("kms:Decrypt", key)]


def reading(objects):
    return lambda bucket, key: texts(*parts(bucket, key, objects))


def besides(action, resource="*"):
    """A policy that does the work, and allows one thing more."""
    return lambda bucket, key: texts(
        *parts(bucket, key), allow(action, resource.format(bucket))
    )


def by_denial(bucket, key):
    deny = {"Effect": "Deny", "Action": "s3:GetObject"}
    return texts(
        allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"),
        {**deny, "NotResource": REPORTS.format(bucket)},
        allow(["kms:Decrypt"], [key]),
    )


def as_text(bucket, key):
    return json.dumps(texts(*parts(bucket, key)))


def in_lists(bucket, key):
    rows = [
        {"Sid": "a", "Effect": "Allow", "Action": [row["Action"]], "Resource": [where]}
        for row in parts(bucket, key)
        for where in [row["Resource"]]
    ]
    return texts(*({**row, "Sid": f"n{k}"} for k, row in enumerate(rows)))


def admitted(times, rate, burst, full=None, keep=0.0, enough=1.0, price=1.0):
    tokens, last, found = float(burst if full is None else full), times[0], []
    for now in times:
        tokens = min(burst, tokens + rate * (now - last))
        last, good = now, tokens >= enough
        tokens -= price if good else keep
        found.append(good)
    return found


def no_most(times, rate, burst):
    tokens, last, found = burst, times[0], []
    for now in times:
        tokens, last = tokens + rate * (now - last), now
        found.append(tokens >= 1)
        tokens -= tokens >= 1
    return found


def late_clock(times, rate, burst):
    """Counts the seconds from the last one that was let in, without its remainder."""
    tokens, last, found = burst, times[0], []
    for now in times:
        have = min(burst, tokens + rate * (now - last))
        found.append(have >= 1)
        if have >= 1:
            tokens, last = have - 1, now
            tokens = int(tokens)
    return found


def windows(times, rate, burst):
    """At most burst requests in the seconds in which it would fill."""
    let_in = []
    found = []
    for now in times:
        recent = [t for t in let_in if t > now - burst / rate]
        found.append(len(recent) < burst)
        let_in += [now] * found[-1]
    return found


def since_the_start(times, rate, burst):
    used, found = 0, []
    for now in times:
        found.append(burst + rate * (now - times[0]) - used >= 1)
        used += found[-1]
    return found


def by_debt(times, rate, burst):
    """The same bucket from its other side: what is missing in it leaks away."""
    missing, last, found = 0.0, None, []
    for now in times:
        missing = max(0.0, missing - rate * (now - (now if last is None else last)))
        last = now
        found.append(missing + 1 <= burst)
        missing += found[-1]
    return found


def by_moments(times, rate, burst):
    """The time at which the bucket would be full again (the algorithm GCRA)."""
    full, found = times[0], []
    for now in times:
        full = max(full, now)
        found.append(bool((full - now) * rate + 1 <= burst))
        full += found[-1] / rate
    return np.array(found)


def by_generator(times, rate, burst):
    yield from admitted(times, rate, burst)


x, y = security.delivery()
CHANGED = security._delivered()[2]
near = NearestNeighbors(n_neighbors=11).fit(x).kneighbors(x)[1][:, 1:]
by_neighbours = np.argsort(-(y[near] != y[:, None]).mean(axis=1), kind="stable")
far = np.argsort(-NearestNeighbors(n_neighbors=2).fit(x).kneighbors(x)[0][:, 1])
vote = KNeighborsClassifier(15).fit(x, y).predict_proba(x)[np.arange(len(y)), y]
by_vote = np.argsort(vote, kind="stable")
others = np.setdiff1d(np.arange(2000), CHANGED)

WRONG = {
    "auditor": {
        "everything": lambda bucket, key: texts(allow("*", "*")),
        "all of S3": lambda bucket, key: texts(allow(["s3:*", "kms:*"], "*")),
        "S3 alone": lambda bucket, key: texts(parts(bucket, key)[0]),
        "the key alone": lambda bucket, key: texts(parts(bucket, key)[1]),
        "the bucket": reading("arn:aws:s3:::{}"),
        "all of the bucket": reading("arn:aws:s3:::{}/*"),
        "a prefix without its slash": reading("arn:aws:s3:::{}/reports*"),
        "the folder itself": reading("arn:aws:s3:::{}/reports/"),
        "every folder of this name": reading("arn:aws:s3:::{}/*reports/*"),
        "one level": reading("arn:aws:s3:::{}/reports/?????.csv"),
        "all buckets": reading("arn:aws:s3:::*/reports/*"),
        "buckets that begin alike": reading("arn:aws:s3:::{}*/reports/*"),
        "all keys": lambda bucket, key: texts(
            parts(bucket, key)[0], allow("kms:Decrypt", "*")
        ),
        "all of the key": lambda bucket, key: texts(
            parts(bucket, key)[0], allow("kms:*", key)
        ),
        "keys that begin alike": lambda bucket, key: texts(
            parts(bucket, key)[0], allow("kms:Decrypt", f"{key}*")
        ),
        "keys of the account": lambda bucket, key: texts(
            parts(bucket, key)[0],
            allow("kms:Decrypt", "arn:aws:kms:*:123456789012:key/*"),
        ),
        "both on both": lambda bucket, key: texts(
            allow(["s3:GetObject", "kms:Encrypt", "kms:Decrypt"], "*")
        ),
        "encrypts": besides("kms:Encrypt"),
        "makes data keys": besides("kms:GenerateDataKey"),
        "lists": besides("s3:ListBucket", "arn:aws:s3:::{}"),
        "writes": besides("s3:PutObject", REPORTS),
        "old versions": besides("s3:GetObjectVersion", REPORTS),
        "a letter's case": lambda bucket, key: texts(
            *parts(bucket, key, "arn:aws:s3:::{}/Reports/*")
        ),
        "a denial that is too wide": lambda bucket, key: texts(
            *parts(bucket, key),
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
        ),
        "an old version of the language": lambda bucket, key: texts(
            *parts(bucket, key), version="2008-10-17"
        ),
        "the statements alone": parts,
        "a fixed bucket": lambda bucket, key: texts(*parts("n2e-reports", key)),
        "nothing": lambda bucket, key: texts(),
        "no return": lambda bucket, key: None,
    },
    "admitted": {
        "all": lambda times, rate, burst: [True] * len(times),
        "none": lambda times, rate, burst: [False] * len(times),
        "the first ones": lambda times, rate, burst: [
            k < burst for k in range(len(times))
        ],
        "never full": no_most,
        "starts empty": lambda t, r, b: admitted(t, r, b, full=0),
        "starts with one": lambda t, r, b: admitted(t, r, b, full=1),
        "the refused pay": lambda t, r, b: admitted(t, r, b, keep=1),
        "half a token will do": lambda t, r, b: admitted(t, r, b, enough=0.5),
        "any token will do": lambda t, r, b: admitted(t, r, b, enough=1e-9),
        "more than one": lambda t, r, b: admitted(t, r, b, enough=1.01),
        "free": lambda t, r, b: admitted(t, r, b, price=0),
        "two tokens each": lambda t, r, b: admitted(t, r, b, price=2),
        "the rate is a pause": lambda t, r, b: admitted(t, 1 / r, b),
        "rate and burst": lambda t, r, b: admitted(t, b, r),
        "no refill": lambda t, r, b: admitted(t, 0, b),
        "whole tokens alone": late_clock,
        "a window": windows,
        "since the start": since_the_start,
        "tokens left": lambda t, r, b: [float(b)] * len(t),
        "how many": lambda t, r, b: sum(admitted(t, r, b)),
        "which ones": lambda t, r, b: np.flatnonzero(admitted(t, r, b)),
        "the refused": lambda t, r, b: [not one for one in admitted(t, r, b)],
        "no return": lambda times, rate, burst: None,
    },
    "planted": {
        "the misconception": np.array([], dtype=int),
        "all": np.arange(2000),
        "too many": by_neighbours[:161],
        "by hand, at random": np.random.default_rng(3).permutation(2000)[:160],
        "the first ones": np.arange(160),
        "those that look odd": far[:160],
        "the others": others[:160],
        "the neighbours' best": by_neighbours[-160:],
        "too few": by_neighbours[:30],
        "labels": y[:160],
        "a mask": np.isin(np.arange(2000), CHANGED),
        "from one on": CHANGED + 1,
        "beyond the end": np.append(CHANGED, 2000),
        "from the end": CHANGED - 2000,
        "halves": CHANGED + 0.5,
        "a number": 40,
        "a table": CHANGED.reshape(6, 10),
        "texts": [str(row) for row in CHANGED],
        "one row, forty times": np.full(40, CHANGED[0]),
    },
}
RIGHT = {
    "auditor": [
        lambda bucket, key: texts(*parts(bucket, key)),
        by_denial,
        as_text,
        in_lists,
    ],
    "admitted": [admitted, by_debt, by_moments, by_generator],
    "planted": [
        by_neighbours[:160],
        by_neighbours[:120].tolist(),
        CHANGED,
        by_vote[:160].astype(float),
        np.sort(by_neighbours[:160]),
    ],
}
SAYS = {
    "auditor": {
        "S3 alone": "too tight: it refuses kms:Decrypt",
        "all of the bucket": "too loose: it allows s3:GetObject",
        "encrypts": "allows kms:Encrypt",
        "the statements alone": "must be a JSON object",
    },
    "admitted": {
        "never full": "never holds more than",
        "the refused pay": "takes no token",
        "starts empty": "it starts with",
    },
    "planted": {
        "the misconception": "learned these labels by heart",
        "too many": "161 rows are too many",
        "too few": "expected at least 40",
    },
}
STUBS = {
    "auditor": lambda bucket, key: ...,
    "admitted": lambda times, rate, burst: ...,
    "planted": ...,
}
NEEDS = {"allow": allow}
PLACE = "us-east-1:123456789012"
ASKED = [
    ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "in/"}),
    ("s3", "GetObject", {"Bucket": "b", "Key": "a/in/1.json"}),
    ("s3", "GetObject", {"Bucket": "b", "Key": "a/in/2.json"}),
    ("s3", "PutObject", {"Bucket": "b", "Key": "a/out/1.json", "Body": b""}),
    ("sagemaker", "InvokeEndpoint", {"EndpointName": "e", "Body": b""}),
]
NEEDS |= {"json": json}
ARGUMENTS = {"needed": (ASKED[1], PLACE), "least": (ASKED, PLACE)}

BUCKETS = ("b-1", "b-1-old", "x-1")
NAMES = ("reports/a", "reports/a/b", "reports", "reports-old/a", "old/reports/a", "w/a")
LOCK = "arn:aws:kms:eu-west-1:123456789012:key/1"


def decisions(answer):
    """What a policy decides of many requests."""
    given = answer("b-1", LOCK)
    text = given if isinstance(given, str) else json.dumps(given)
    document = policy.read(text)
    assert document["Version"] == "2012-10-17" and document["Statement"]
    places = [f"arn:aws:s3:::{b}/{name}" for b in BUCKETS for name in NAMES]
    places += [*(f"arn:aws:s3:::{b}" for b in BUCKETS), LOCK, f"{LOCK}2"]
    places += [LOCK.replace("key/1", "key/x"), f"{places[0]}/may.csv"]
    actions = ("s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:GetObjectVersion")
    actions += ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
    asked = [policy.Question(action, one) for action in actions for one in places]
    return [policy.decide([document], one) == policy.ALLOWED for one in asked]


def verdicts(answer):
    """Which requests are let in, in three streams."""
    rng = np.random.default_rng(5)
    found = []
    for rate, burst in ((0.5, 2), (1.0, 1), (2.0, 4)):
        times = 3 + np.cumsum(rng.choice([0, 0, 0.25, 0.5, 1, 5], 60))
        result = answer(times, rate, burst)
        found.append([float(one) for one in result])
    return found


PROBES = {"auditor": decisions, "admitted": verdicts}
