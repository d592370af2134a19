"""Alarms for tests: asked without a server, in a time that moves when it is told to."""

import moto.cloudwatch.models as moto_cloudwatch

from localaws.alarms import operations, readings
from localaws.alarms.run import Watch
from localaws.api import validation
from localaws.api.registry import OPERATIONS, Call

REGION = "us-east-1"
ONE = {
    "AlarmName": "busy",
    "Namespace": "N",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 3,
    "ComparisonOperator": "GreaterThanThreshold",
}


class Alarmed:
    """The operations of alarms on a context, whose clock is moved by the test."""

    def __init__(self, context, patch):
        patch.setattr(moto_cloudwatch, "utcnow", moto_cloudwatch.utcnow)
        self.context, self.clock = context, context.clock
        readings.setup(context)
        operations.setup(context)
        self.watch = context.part(Watch)
        self.watch.start()
        self.next(60)  # the beginning of a minute: a test has all of it

    def __call__(self, operation, **members):
        model = validation.service_model("cloudwatch").operation_model(operation)
        validation.check(model, members)
        call = Call(operation, members, REGION, self.context, None)
        return OPERATIONS["cloudwatch", operation](call)

    def put(self, *values, name="m", **members):
        """Put values of a metric, now."""
        row = {"MetricName": name, "Values": list(values), **members}
        client = self.context.clients.get("cloudwatch", REGION)
        client.put_metric_data(Namespace="N", MetricData=[row])

    def alarm(self, **members):
        """Create an alarm, evaluated once, and return its state."""
        self("PutMetricAlarm", **{**ONE, **members})
        self.clock.advance(0)
        return self.state(members.get("AlarmName", "busy"))

    def next(self, step=60):
        """Go to the next time of an evaluation, and a little beyond it."""
        now = self.clock.now()
        self.clock.advance(now // step * step + step - now + 0.01)

    def record(self, name="busy"):
        return self.watch.alarms.get(REGION, name)

    def state(self, name="busy"):
        return self.record(name)["StateValue"]

    def history(self, kind="StateUpdate", **members):
        """Return the lines of the history, the oldest first."""
        asked = {"HistoryItemType": kind, "ScanBy": "TimestampAscending", **members}
        items = self("DescribeAlarmHistory", **asked)["AlarmHistoryItems"]
        return [item["HistorySummary"] for item in items]

    def close(self):
        self.clock.stop()
        self.watch.close()
