"""Stands in for the part of the XGBoost container that scripts of others import.

https://github.com/aws/sagemaker-xgboost-container
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
import localaws.algorithms.data
import localaws.serving.tabular  # noqa: F401

sys.path.pop(0)
