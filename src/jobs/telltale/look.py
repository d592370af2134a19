"""A training script that reads its channel, and then tries to call somebody."""

import os

import boto3
import numpy as np

labels = np.load("/opt/ml/input/data/train/labels.npy")
print(f"labels={len(labels)}")
try:
    boto3.client("sts", os.environ["AWS_REGION"]).get_caller_identity()
    print("called=1")
except Exception as error:  # no network, or no key
    print("called=0", type(error).__name__)
