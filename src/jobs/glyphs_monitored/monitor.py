"""Compares what an endpoint has answered since the last look with how it was before.

A function of Lambda that a schedule calls; the standard library and boto3 are all that
it needs. Its variables: BUCKET; CAPTURED, the prefix of the captured files; BASELINE,
the key of what `summary` gave for images that the model had not seen; REPORTS, the
prefix of what it writes; ENDPOINT, the dimension of its metrics; LEVEL.

A captured file whose name comes before that of one that was read is missed.
"""

import base64
import bisect
import json
import math
import os

NAMESPACE = "n2e/Monitor"
SIGNALS = "class", "confidence", "ink"
LEVEL = 0.01  # false alarms in a window, of all signals together
MOST = 50.0  # of a surprise: p-values below 1e-50 are told as 1e-50


def handler(event, context):
    """Look at what was captured since the last time; report it, as metrics too."""
    import boto3

    s3, bucket = boto3.client("s3"), os.environ["BUCKET"]
    state = f"{os.environ['REPORTS']}state.json"
    after = _load(s3, bucket, state, {}).get("after", "")
    keys = captured(s3, bucket, os.environ["CAPTURED"], after)
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    lines = [line for body in bodies for line in body.decode().splitlines()]
    baseline = _load(s3, bucket, os.environ["BASELINE"])
    report = compared(baseline, summary(*exchanged(lines)))
    report["endpoint"] = os.environ["ENDPOINT"]
    put_metrics(boto3.client("cloudwatch"), report)
    if keys:
        name = keys[-1].rpartition("/")[2].removesuffix(".jsonl")
        _store(s3, bucket, f"{os.environ['REPORTS']}report-{name}.json", report)
        _store(s3, bucket, state, {"after": keys[-1]})
    print(json.dumps(report))
    return report


def captured(s3, bucket, prefix, after=""):
    """The keys of captured files, in order of their names and so of their time."""
    place = {"Bucket": bucket, "Prefix": prefix, "StartAfter": after or prefix}
    pages = s3.get_paginator("list_objects_v2").paginate(**place)
    keys = [row["Key"] for page in pages for row in page.get("Contents", [])]
    return sorted(key for key in keys if key.endswith(".jsonl"))


def exchanged(lines):
    """Images and probabilities, row by row, of the lines of captured files."""
    images, probabilities = [], []
    for line in lines:
        data = json.loads(line)["captureData"]
        rows = _text(data["endpointInput"]).splitlines()
        images += [[float(pixel) / 255 for pixel in row.split(",")] for row in rows]
        probabilities += json.loads(_text(data["endpointOutput"]))["probabilities"]
    return images, probabilities


def _text(side):
    raw = side["data"]
    return raw if side["encoding"] != "BASE64" else base64.b64decode(raw).decode()


def summary(images, probabilities):
    """What is compared: the answers by class, sorted confidences, sorted ink."""
    answers = [max(range(len(row)), key=row.__getitem__) for row in probabilities]
    classes = len(probabilities[0]) if len(probabilities) else 0
    return {
        "class": [answers.count(k) for k in range(classes)],
        "confidence": sorted(float(max(row)) for row in probabilities),
        "ink": sorted(float(sum(row)) / len(row) for row in images),
    }


def compared(baseline, window):
    """The p-value of each signal, and how many of them are below their level."""
    images = len(window["ink"])
    report = {"images": images, "p": {}, "drifting": 0}
    if images:
        tests = {"class": chi_square, "confidence": kolmogorov, "ink": kolmogorov}
        for name in SIGNALS:
            report["p"][name] = tests[name](baseline[name], window[name])
        level = float(os.environ.get("LEVEL", LEVEL)) / len(SIGNALS)
        report["drifting"] = sum(p < level for p in report["p"].values())
    return report


def chi_square(before, now):
    """The p-value that two rows of counts are of one distribution."""
    pairs = [pair for pair in zip(before, now, strict=True) if sum(pair)]
    ratio = math.sqrt(sum(now) / sum(before))
    found = sum((b * ratio - n / ratio) ** 2 / (b + n) for b, n in pairs)
    return upper_gamma((len(pairs) - 1) / 2, found / 2) if len(pairs) > 1 else 1.0


def upper_gamma(a, x):
    """The regularised upper incomplete gamma function, for a = 1/2, 1, 3/2, ..."""
    at = 0.5 if a % 1 else 1.0
    value = math.erfc(math.sqrt(x)) if a % 1 else math.exp(-x)
    while at < a:
        value += math.exp(at * math.log(x) - x - math.lgamma(at + 1)) if x else 0.0
        at += 1
    return value


def kolmogorov(before, now):
    """The p-value that two sorted samples are of one distribution (two-sided)."""
    gap = max(abs(_share(before, x) - _share(now, x)) for x in {*before, *now})
    size = len(before) * len(now) / (len(before) + len(now))
    return tail(math.sqrt(size) * gap)


def _share(sample, x):
    return bisect.bisect_right(sample, x) / len(sample)


def tail(x):
    """Kolmogorov's distribution: the chance of a scaled gap of more than x."""
    if x < 0.2:
        return 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 101))
    return min(1.0, 2 * sum(terms))


def put_metrics(cloudwatch, report):
    """One run, its images, and, where there were any, how surprising they are."""
    endpoint = {"Name": "Endpoint", "Value": report["endpoint"]}
    values = {"Runs": 1, "Images": report["images"]}
    if report["images"]:
        values["Drifting"] = report["drifting"]
    rows = [
        {"MetricName": name, "Dimensions": [endpoint], "Value": value}
        for name, value in values.items()
    ]
    for name, p in report["p"].items():
        surprise = -math.log10(max(p, 10**-MOST))
        signal = {"Name": "Signal", "Value": name}
        row = {"MetricName": "Surprise", "Dimensions": [endpoint, signal]}
        rows.append({**row, "Value": max(0.0, surprise)})
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=rows)


def _load(s3, bucket, key, default=None):
    from botocore.exceptions import ClientError

    try:
        return json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])
    except ClientError as error:
        if default is None or error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return default


def _store(s3, bucket, key, value):
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(value).encode())
