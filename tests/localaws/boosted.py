"""What the tests of XGBoost share: data, its files, and a job of the algorithm."""

import re
import time

import numpy as np
from training_jobs import channel

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{REGISTRY}/sagemaker-xgboost:3.0-5"
NUMBERS = {"objective": "reg:squarederror", "max_depth": "3", "eta": "0.5"}
ROUNDS = 4


def table(rows=50, seed=0):
    """Return features with gaps, and labels that they explain."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 4)).round(3)
    y = (x[:, 0] + x[:, 1] ** 2 + 0.1 * draw.normal(size=rows)).round(4)
    x[draw.random(x.shape) < 0.05] = np.nan
    return x, y


def csv(x, y=None, weights=None):
    """Return the lines of a table, what is missing as nothing."""
    columns = [part for part in (y, weights) if part is not None]
    whole = np.column_stack([*columns, x])
    rows = (["" if np.isnan(v) else repr(float(v)) for v in row] for row in whole)
    return "".join(f"{','.join(row)}\n" for row in rows)


def libsvm(x, y=None):
    """Return the lines of a table in the sparse form, indices from 0."""
    labels = [0] * len(x) if y is None else y
    return "".join(
        " ".join(
            [
                repr(float(label)),
                *(f"{n}:{float(v)!r}" for n, v in enumerate(row) if not np.isnan(v)),
            ]
        )
        + "\n"
        for row, label in zip(x, labels, strict=True)
    )


def start(connection, sagemaker, s3, files, values, **changes):
    """Start a job of the algorithm on files by channel; return its name."""
    name = f"xgboost-{time.time_ns()}"
    kind = changes.pop("ContentType", "text/csv")
    channels = []
    for part, text in files.items():
        key = f"{name}/{part}/data"
        s3.put_object(Bucket=connection.bucket, Key=key, Body=text.encode())
        uri = f"s3://{connection.bucket}/{name}/{part}/"
        typed = {"ContentType": kind} if kind else {}
        channels.append({**channel(part, uri), **typed})
    algorithm = {"TrainingImage": changes.pop("image", IMAGE)}
    machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={**algorithm, "TrainingInputMode": "File"},
        RoleArn=connection.role_arn,
        InputDataConfig=[*channels, *changes.pop("InputDataConfig", [])],
        HyperParameters=values,
        OutputDataConfig={"S3OutputPath": f"s3://{connection.bucket}/{name}"},
        ResourceConfig={**machine, **changes.pop("ResourceConfig", {})},
        StoppingCondition={"MaxRuntimeInSeconds": 100},
        **changes,
    )
    return name


def found(words, text):
    """Return whether a pattern is in a text, over line ends too."""
    return re.search(words, text, re.DOTALL) is not None
