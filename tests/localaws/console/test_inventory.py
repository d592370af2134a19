"""What the console shows of a resource: its price, its buttons, its log."""

import pytest

from localaws.console import inventory
from localaws.training.operations import TRAINING_JOB


def test_instances_are_counted_and_an_unknown_price_is_not_guessed():
    def item(**resources):
        record = {"ResourceConfig": resources, "BillableTimeInSeconds": 1800}
        return inventory.Item(TRAINING_JOB, "us-east-1", record)

    two = item(InstanceType="ml.m5.xlarge", InstanceCount=2)
    assert (two.hourly, two.cost) == (pytest.approx(0.46), pytest.approx(0.23))
    assert item(InstanceType="ml.z9.huge", InstanceCount=1).hourly is None
