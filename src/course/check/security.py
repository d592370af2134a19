"""The exercises of lesson 27: a policy, a token bucket, labels that were changed."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from course import data
from course.check import Wrong, as_numbers, call, exercise, expect, expect_same
from course.judging.policies import as_policy, named
from localaws.iam import policy

KEY = "arn:aws:kms:eu-west-1:123456789012:key/"
# A policy must allow of these what lies below reports/, and none of the actions.
KEYS = (
    *("reports/may.csv", "reports/a/b.csv", "reports/1", "reports-old/may.csv"),
    *("old/reports/may.csv", "reports", "wages/may.csv", "Reports/may.csv", "report/1"),
)
TOO_MUCH = (
    *("s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:GetObjectAcl"),
    *("s3:ListBucket", "s3:ListAllMyBuckets", "s3:PutBucketPolicy", "kms:Encrypt"),
    *("kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:DisableKey", "kms:CreateGrant"),
    *("kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "iam:CreateUser"),
    "sagemaker:InvokeEndpoint",
)
FAULTS = {True: "too tight: it refuses", False: "too loose: it allows"}
DRAW = 2727  # where the delivery of exercise 3 starts
ROWS, CHANGED, LOOKED_AT, LEAST = 2000, 60, 160, 40


@exercise(
    "Two statements: to get an object, and to decrypt it.",
    "s3:GetObject is about objects, arn:aws:s3:::NAME/KEY, where KEY may end in *; "
    "kms:Decrypt is about a key, whose ARN you have.",
    'allow("kms:Decrypt", key) is the second statement.',
)
def auditor(answer):
    """A function of a bucket's name and a key's ARN -> the policy of an auditor."""
    rng = np.random.default_rng()
    for number in rng.integers(100, 10**6, size=3):
        bucket, key = f"n2e-{number}", f"{KEY}{number}a-{number % 97}"
        document = as_policy(call(answer, bucket=bucket, key=key))
        asked = [*_questions(f"arn:aws:s3:::{bucket}", key, document)]
        granted = [policy.decide([document], one) == policy.ALLOWED for one in asked]
        for needed, fault in FAULTS.items():
            for one, may in zip(asked, granted, strict=True):
                if _is_needed(f"arn:aws:s3:::{bucket}", key, one) == needed:
                    told = f"{fault} {one.action} on {one.resource}."
                    expect(may == needed, told)
    return "A leaked key of the auditor opens the reports, and nothing else."


def _questions(
    arn: str, key: str, document: policy.Document
) -> Iterator[policy.Question]:
    """What may be asked of this bucket, this key and others, the policy's words too."""
    buckets = arn, f"{arn}-old", f"{arn[:-1]}x", arn.replace("n2e", "old-n2e")
    objects = [f"{bucket}/{name}" for bucket in buckets for name in KEYS]
    locks = key, f"{key}b", f"{key[:-1]}x", f"{KEY}other", key.replace("eu-west", "us")
    own = [*named(document, "Resource", "NotResource"), *buckets, "*"]
    for one in (*objects, *own):
        yield policy.Question("s3:GetObject", one)
    for one in (*locks, *own):
        yield policy.Question("kms:Decrypt", one)
    for action in (*TOO_MUCH, *named(document, "Action", "NotAction")):
        if action.lower() not in ("s3:getobject", "kms:decrypt"):
            for one in (arn, *objects[:3], key, *own):
                yield policy.Question(action, one)


def _is_needed(arn: str, key: str, question: policy.Question) -> bool:
    if question.action == "kms:Decrypt":
        return question.resource == key
    below = question.resource.startswith(f"{arn}/reports/")
    return question.action == "s3:GetObject" and below


@exercise(
    "Between two requests the bucket gets rate times the seconds, up to burst.",
    "Keep two numbers from request to request: the tokens, and when they were counted.",
    "tokens = min(burst, tokens + rate * (now - last)), then look whether it is 1.",
)
def admitted(answer):
    """A function (times, rate, burst) -> which requests a token bucket lets in."""
    expect_same(
        answer,
        _admitted,
        _arrivals,
        cases=[
            {"times": np.array([0.0, 0.0, 0.0, 1.0, 1.5]), "rate": 1.0, "burst": 2},
            {"times": np.array([7.0, 7.25, 100.0, 100.0]), "rate": 0.5, "burst": 1},
        ],
        forms=(),
        mistakes={
            "the bucket never holds more than `burst`, however long nobody came.": (
                lambda times, rate, burst: _admitted(times, rate, burst, most=np.inf)
            ),
            "who is refused takes no token.": (
                lambda times, rate, burst: _admitted(times, rate, burst, price=1)
            ),
            "it starts with `burst` tokens.": (
                lambda times, rate, burst: _admitted(times, rate, burst, first=0)
            ),
            "the seconds since the last request count, let in or not.": (
                lambda times, rate, burst: _admitted(times, rate, burst, gap=np.inf)
            ),
        },
        what="whether it is let in",
    )
    return "API Gateway's rate and burst are these two numbers."


def _admitted(times, rate, burst, most=None, price=0, first=None, gap=None):
    """The right answer; the other arguments make the mistakes."""
    tokens, last, found = burst if first is None else first, times[0], []
    for now in times:
        passed = now - last if gap is None else min(1, now - last)
        tokens = min(burst if most is None else most, tokens + rate * passed)
        found.append(bool(tokens >= 1))
        tokens -= 1 if tokens >= 1 else price
        last = now
    return np.array(found)


def _arrivals(rng, size):
    """Requests in bursts and after pauses, in eighths, which floats hold exactly."""
    pauses = rng.choice([0, 0, 1, 1, 2, 4, 8, 40], size) / 8
    rate = float(rng.choice([0.25, 0.5, 1, 2, 4]))
    times = int(rng.integers(0, 50)) + np.cumsum(pauses)
    return {"times": times, "rate": rate, "burst": int(rng.integers(1, 6))}


@cache
def _delivered() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Letters (rows, 196), their labels (rows,), and which rows were changed."""
    letters, rng = data.load("glyphs"), np.random.default_rng(DRAW)
    rows = rng.permutation(len(letters.x_train))[:ROWS]
    blocks = letters.x_train[rows].reshape(-1, 14, 2, 14, 2)
    x, y = blocks.mean(axis=(2, 4)).reshape(-1, 196), letters.y_train[rows].copy()
    changed = rng.permutation(ROWS)[:CHANGED]
    y[changed] = (y[changed] + rng.integers(1, 10, CHANGED)) % 10
    return x, y, np.sort(changed)


def delivery() -> tuple[np.ndarray, np.ndarray]:
    """The supplier's letters (2000, 196) and labels (2000,), 60 of them changed."""
    x, y, _ = _delivered()
    return x.copy(), y.copy()


@exercise(
    "A network that is trained on wrong labels for long has learned them. Ask what has "
    "not seen the row's own label: its neighbours, or a network trained without it.",
    "Of the ten images nearest to a row, how many have another label? Sort by that.",
)
def planted(suspects):
    """Row numbers of the delivery, at most 160, at least 40 of them changed."""
    values = as_numbers(suspects, "the rows")
    expect(values.ndim == 1, f"give a list of row numbers, not shape {values.shape}.")
    if len(values) == 0:
        raise Wrong(
            "no row is suspected: a network that has learned these labels by heart "
            "agrees with all of them."
        )
    rows = np.unique(values)
    inside = np.all((rows == np.rint(rows)) & (rows >= 0) & (rows < ROWS))
    expect(inside, f"rows are whole numbers from 0 to {ROWS - 1}; give their numbers.")
    many = f"{len(rows)} rows are too many for a look by hand, expected at most"
    expect(len(rows) <= LOOKED_AT, f"{many} {LOOKED_AT}.")
    found = np.isin(_delivered()[2], rows).sum()
    told = f"{found} of {len(rows)} rows were changed, expected at least {LEAST}"
    expect(found >= LEAST, f"{told} of the {CHANGED}.")
    return f"{found} of {CHANGED} found: these were blind. Aimed ones hide from this."
