"""Functions that a bucket or a log is to tell: they have to let it call them."""

from __future__ import annotations

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.iam.invokers import may_invoke
from localaws.neighbours import filters
from localaws.neighbours.guards import guard
from localaws.records.s3 import place


@guard("s3", "PutBucketNotificationConfiguration")
def check_notified(call: Call) -> None:
    """Refuse to tell a function that does not let the bucket call it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    """
    bucket, _ = place(call.request.environ)
    wished = call.input.get("NotificationConfiguration", {})
    for row in wished.get("LambdaFunctionConfigurations") or ():
        arn, source = row.get("LambdaFunctionArn", ""), f"arn:aws:s3:::{bucket}"
        if not may_invoke(call.context.account, arn, source, "s3.amazonaws.com"):
            raise ServiceError(
                "InvalidArgument",
                "Unable to validate the following destination configurations: the "
                f'function "{arn}" is not there, or does not let "{source}" call it '
                "(AddPermission).",
            )


@guard("logs", "PutSubscriptionFilter")
def check_subscribed(call: Call) -> None:
    """Refuse to tell a function that does not let CloudWatch Logs call it, or by what.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/SubscriptionFilters.html
    """
    filters.parse(call.input.get("filterPattern"))
    arn = call.input.get("destinationArn", "")
    if not arn.startswith("arn:aws:lambda:"):
        return
    account, group = call.context.account, call.input.get("logGroupName", "")
    services = ("logs.amazonaws.com", f"logs.{call.region}.amazonaws.com")
    source = f"arn:aws:logs:{call.region}:{account}:log-group:{group}:*"
    if not may_invoke(account, arn, source, *services):
        raise ServiceError(
            "InvalidParameterException",
            "Could not execute the lambda function. Make sure you have given "
            f'CloudWatch Logs permission to execute "{arn}" (AddPermission).',
        )
