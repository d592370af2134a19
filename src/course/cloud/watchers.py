"""What the course set to watch: rules, schedules, alarms, topics, queues, pages."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from course.cloud.meter import PREFIX

Client = Callable[[str], Any]  # service -> client of boto3


def listed(client: Client, services: Collection[str]) -> list[str]:
    """Return what of the course watches or calls, in the services that were used."""
    return [
        f"{kind} {name}"
        for service, kinds in _kinds(services)
        for kind, (list_, _) in kinds.items()
        for name, _ in list_(client(service))
    ]


def remove(client: Client, services: Collection[str]) -> list[str]:
    """Delete what the course made in these services; return what was removed."""
    removed = []
    for service, kinds in _kinds(services):
        for kind, (list_, delete) in kinds.items():
            for name, member in list(list_(client(service))):
                delete(client(service), member)
                removed.append(f"{kind} {name}")
    return removed


def _kinds(services: Collection[str]) -> Iterator[tuple[str, dict[str, tuple]]]:
    """The kinds of each service; what calls goes before what is called."""
    return ((name, KINDS[name]) for name in KINDS if name in services)


def _schedules(scheduler: Any) -> Iterator[tuple[str, str]]:
    for page in scheduler.get_paginator("list_schedules").paginate(NamePrefix=PREFIX):
        yield from ((row["Name"], row["Name"]) for row in page["Schedules"])


def _rules(events: Any) -> Iterator[tuple[str, str]]:
    for page in events.get_paginator("list_rules").paginate(NamePrefix=PREFIX):
        yield from ((row["Name"],) * 2 for row in page["Rules"])


def _delete_rule(events: Any, name: str) -> None:
    """Delete a rule; EventBridge deletes none that has targets."""
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    if targets:
        events.remove_targets(Rule=name, Ids=[row["Id"] for row in targets])
    events.delete_rule(Name=name)


def _queues(sqs: Any) -> Iterator[tuple[str, str]]:
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=PREFIX):
        yield from ((url.rpartition("/")[2], url) for url in page.get("QueueUrls", ()))


def _alarms(cloudwatch: Any) -> Iterator[tuple[str, str]]:
    pages = cloudwatch.get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=PREFIX, AlarmTypes=["MetricAlarm"]):
        yield from ((row["AlarmName"],) * 2 for row in page["MetricAlarms"])


def _dashboards(cloudwatch: Any) -> Iterator[tuple[str, str]]:
    pages = cloudwatch.get_paginator("list_dashboards")
    for page in pages.paginate(DashboardNamePrefix=PREFIX):
        yield from ((row["DashboardName"],) * 2 for row in page["DashboardEntries"])


def _topics(sns: Any) -> Iterator[tuple[str, str]]:
    for page in sns.get_paginator("list_topics").paginate():
        for arn in (row["TopicArn"] for row in page["Topics"]):
            if (name := arn.rpartition(":")[2]).startswith(PREFIX):
                yield name, arn


def _delete_topic(sns: Any, arn: str) -> None:
    """Delete a topic; its subscriptions would stay for some time."""
    for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn):
        for row in page["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=row["SubscriptionArn"])
    sns.delete_topic(TopicArn=arn)


# By service, each kind with how it is listed, as name and identifier, and deleted.
KINDS: dict[str, dict[str, tuple]] = {
    "events": {"rule": (_rules, _delete_rule)},
    "scheduler": {
        "schedule": (_schedules, lambda c, name: c.delete_schedule(Name=name))
    },
    "cloudwatch": {
        "alarm": (_alarms, lambda c, name: c.delete_alarms(AlarmNames=[name])),
        "dashboard": (
            _dashboards,
            lambda c, name: c.delete_dashboards(DashboardNames=[name]),
        ),
    },
    "sns": {"topic": (_topics, _delete_topic)},
    "sqs": {"queue": (_queues, lambda c, url: c.delete_queue(QueueUrl=url))},
}
