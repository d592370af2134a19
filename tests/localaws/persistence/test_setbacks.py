"""Nobody is told that a change is kept that another's failure has undone."""

import errno
import os

import pytest

from localaws.persistence import buckets, journal
from localaws.persistence.keeper import Keeper
from localaws.persistence.setbacks import SETBACKS

ACCOUNT = "123456789012"


def metrics(clients, number):
    points = [{"MetricName": f"m{number}", "Value": 1.0}]
    made = clients.get("cloudwatch", "us-east-1")
    made.put_metric_data(Namespace="n", MetricData=points)


def users(clients, number):
    clients.get("iam", "us-east-1").create_user(UserName=f"u{number}")


def groups(clients, number):
    clients.get("logs", "us-east-1").create_log_group(logGroupName=f"g{number}")


def objects(clients, number):
    s3 = clients.get("s3", "us-east-1")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="k", Body=b"x" * number)


PARTS = {"monitoring": metrics, "iam": users, "logs": groups, "s3": objects}


@pytest.mark.parametrize("service", sorted(PARTS))
def test_who_is_undone_with_another_is_told(context, tmp_path, monkeypatch, service):
    keeper = Keeper(tmp_path, ACCOUNT)
    post = {"REQUEST_METHOD": "POST", "RAW_URI": "/shelf/k", "QUERY_STRING": ""}
    keeper.keep(service, "us-east-1", post, SETBACKS.count)  # it is there
    since = SETBACKS.count
    for number in (1, 2):  # two requests, of which none is written yet
        PARTS[service](context.clients, number)

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        for module in (buckets, journal):
            patch.setattr(module, "write_text", fail)
        patch.setattr("localaws.persistence.backends.write_text", fail)
        patch.setattr(journal.Journal, "add", fail)
        with pytest.raises(OSError, match="No space"):
            keeper.keep(service, "us-east-1", post, since)
    with pytest.raises(OSError, match="try this one again"):
        keeper.keep(service, "us-east-1", post, since)
    keeper.keep(service, "us-east-1", {**post, "REQUEST_METHOD": "GET"}, since)
    PARTS[service](context.clients, 3)
    keeper.keep(service, "us-east-1", post, SETBACKS.count)
