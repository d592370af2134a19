"""The meter of a session: what it started and made at AWS, and what it may not."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from course.cloud.bill import Charge

BILLED = (
    "CreateApi",
    "CreateEndpoint",
    "CreateFunction",
    "CreateHyperParameterTuningJob",
    "CreateProcessingJob",
    "CreateRepository",
    "CreateRestApi",
    "CreateSchedule",
    "CreateTrainingJob",
    "CreateTransformJob",
    "PutDashboard",
    "PutMetricAlarm",
    "RunInstances",
    "StartInstances",
    "StartPipelineExecution",
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
)
# What is not of SageMaker: to look for it at the end needs permissions of its own, so
# only a session that has asked for one of these looks.
BESIDES = (
    *("CreateApi", "CreateFunction", "CreateRestApi", "CreateRole", "CreateUser"),
    *("CreateRepository", "PublishLayerVersion", "RunInstances"),
    *("CreateQueue", "CreateSchedule", "CreateTopic"),
    *("PutDashboard", "PutMetricAlarm", "PutRule", "RegisterScalableTarget"),
)
SERVICES = (
    *("sagemaker", "ec2", "iam", "lambda", "apigateway", "apigatewayv2"),
    *("cloudwatch", "ecr", "events", "scheduler", "sns", "sqs"),
    "application-autoscaling",
)

PREFIX = "n2e-"  # the course names all that it creates so, and removes nothing else
# What begins work that ends by itself: its kind, and the member with its name.
BEGINS = {
    "CreateHyperParameterTuningJob": ("tuning", "HyperParameterTuningJobName"),
    "CreateTrainingJob": ("training", "TrainingJobName"),
    "CreateProcessingJob": ("processing", "ProcessingJobName"),
    "CreateTransformJob": ("transform", "TransformJobName"),
    "StartPipelineExecution": ("execution", "PipelineExecutionArn"),
}


# When a variant has got how many instances: the moment, endpoint and variant, number.
Resized = tuple[float, tuple[str, str], int]


class CloudError(RuntimeError):
    """The cloud cannot be used as asked; the message says what to do."""


class Meter:
    """Notes what this process creates at AWS, through botocore's own events.

    botocore calls the meter for every session made after ``start``, so the SDK's
    calls are noted like those of boto3.
    """

    current: ClassVar["Meter | None"] = None  # a process has one at most

    def __init__(self, allowed: bool, where: str = "aws") -> None:
        self.allowed = allowed
        self.since = time.time()
        self._ahead = 0.0  # seconds by which the place's clock is ahead of ours
        self.where = where  # "aws", or the address of the AWS on this machine
        # The names of what was begun, by kind; those of executions are ARNs.
        self.begun: dict[str, list[str]] = {kind: [] for kind, _ in BEGINS.values()}
        self.pipelines: list[str] = []  # that were made
        self.besides: set[str] = set()  # services that were asked for one of BESIDES
        # Of each configuration: its variants with their instance types and counts.
        self._variants: dict[str, dict[str, tuple[str, int]]] = {}
        self._open: dict[str, tuple[str, float]] = {}
        self._closed: list[tuple[str, str, float, float]] = []  # until when, at last
        self._resized: list[Resized] = []  # by this process
        self._types: dict[str, str] = {}  # of instances of EC2, by their identifier
        self._running: dict[str, float] = {}  # since when
        self._stopped: list[Charge] = []

    def look_everywhere(self) -> None:
        """Count all services as used in this session."""
        self.besides.update(SERVICES)

    def start(self) -> None:
        """Watch every AWS session of this process from now on, in place of another."""
        import botocore

        from localaws.client import forget_clients

        stop_metering()
        Meter.current = self
        botocore.register_initializer(self.watch)
        forget_clients()

    def watch(self, session) -> None:
        """Attach to one botocore session."""
        events = session.get_component("event_emitter")
        for service in SERVICES:
            events.register(f"before-parameter-build.{service}", self._before)
            events.register(f"after-call.{service}", self._after)

    def follow(self, moment: float) -> None:
        """Count on from a moment, seconds since 1970, of the clock of this place.

        That of the AWS on this machine is ahead of ours once somebody has waited.
        """
        self._ahead = moment - time.time()

    def now(self) -> float:
        """The time of this place, by which endpoints and machines are counted."""
        return time.time() + self._ahead

    @property
    def endpoints(self) -> list[str]:
        """The names of the endpoints that were created and not deleted."""
        return list(self._open)

    def endpoint_charges(self, scaled: Iterable[Resized] = ()) -> list[Charge]:
        """Every endpoint's instances, until now where it still runs.

        ``scaled`` is what scaling policies have changed.
        """
        now, changes = self.now(), sorted([*self._resized, *scaled])
        running = [(name, *began, now) for name, began in self._open.items()]
        return [
            charge
            for name, config, since, until in [*self._closed, *running]
            for variant, (kind, count) in self._variants.get(config, {}).items()
            for charge in pieces(
                Charge(name, "endpoint", kind, count, 0.0),
                since,
                until,
                [(t, n) for t, place, n in changes if place == (name, variant)],
            )
        ]

    @property
    def metered(self) -> bool:
        """Whether this session has had an endpoint."""
        return bool(self._open or self._closed)

    def machine_charges(self) -> list[Charge]:
        """Each instance of EC2 for as long as it ran, or runs."""
        return [*self._stopped, *map(self._machine, self._running)]

    def check(self) -> "Meter":
        """Return the meter that counts now; ``CloudError`` if it is another place's."""
        now = Meter.current or self
        if now.where != self.where:
            raise CloudError(
                "This belongs to an account that was left: use what the last connect() "
                "returned, and make a new client."
            )
        return now

    def _before(self, params: dict, model, context: dict, **_) -> None:
        tried = params.get("DryRun")  # EC2 then only says whether it would
        if not self.check().allowed and model.name in BILLED and not tried:
            raise CloudError(
                f"{model.name} costs money on the real AWS. If that is what you want, "
                'connect again with connect("aws", spend=True).'
            )
        if model.name in BESIDES:
            self.besides.add(model.service_model.service_name)
        context["course_params"] = params

    def _after(self, http_response, parsed: dict, model, context: dict, **_) -> None:
        if http_response.status_code >= 300:
            return
        members = {**context["course_params"], **parsed}
        if model.name in BEGINS:
            kind, name = BEGINS[model.name]
            self.begun[kind].append(members[name])
        elif note := getattr(self, f"_note_{model.name}", None):
            note(members)

    def _note_CreateEndpointConfig(self, params: dict) -> None:
        self._variants[params["EndpointConfigName"]] = {
            variant["VariantName"]: (
                variant["InstanceType"],
                variant.get("InitialInstanceCount", 1),
            )
            for variant in params["ProductionVariants"]
            if "InstanceType" in variant  # a serverless variant has none
        }

    def _note_CreatePipeline(self, params: dict) -> None:
        self.pipelines.append(params["PipelineName"])

    def _note_CreateEndpoint(self, params: dict) -> None:
        began = params["EndpointConfigName"], self.now()
        self._open[params["EndpointName"]] = began

    def _note_UpdateEndpoint(self, params: dict) -> None:
        self._note_DeleteEndpoint(params)
        self._note_CreateEndpoint(params)

    def _note_UpdateEndpointWeightsAndCapacities(self, params: dict) -> None:
        for wish in params["DesiredWeightsAndCapacities"]:
            if "DesiredInstanceCount" in wish:
                place = params["EndpointName"], wish["VariantName"]
                change = self.now(), place, wish["DesiredInstanceCount"]
                self._resized.append(change)

    def _note_DeleteEndpoint(self, params: dict) -> None:
        name = params["EndpointName"]
        if name in self._open:
            self._closed.append((name, *self._open.pop(name), self.now()))

    def _note_RunInstances(self, members: dict) -> None:
        for machine in members["Instances"]:
            self._types[machine["InstanceId"]] = machine["InstanceType"]
            self._running[machine["InstanceId"]] = self.now()

    def _note_StartInstances(self, members: dict) -> None:
        for name in members["InstanceIds"]:
            self._running.setdefault(name, self.now())

    def _note_StopInstances(self, members: dict) -> None:
        for name in self._running.keys() & set(members["InstanceIds"]):
            self._stopped.append(self._machine(name))
            del self._running[name]

    _note_TerminateInstances = _note_StopInstances

    def _machine(self, name: str) -> Charge:
        seconds = self.now() - self._running[name]
        return Charge(name, "instance", self._types.get(name, "unknown"), 1, seconds)


def pieces(
    first: Charge, since: float, until: float, changes: Iterable[tuple[float, int]]
) -> Iterator[Charge]:
    """A charge for each number of instances that ran from ``since`` until ``until``.

    ``first`` has the number at the beginning; ``changes`` say when it was which.
    """
    count = first.count
    for moment, other in changes:
        if since < moment < until and other != count:
            yield replace(first, count=count, seconds=moment - since)
            since, count = moment, other
    yield replace(first, count=count, seconds=until - since)


def scaled(activities: Iterable[dict]) -> Iterator[Resized]:
    """What the activities of scaling policies have changed, and when that was done."""
    for row in activities:
        place = re.fullmatch("endpoint/([^/]+)/variant/([^/]+)", row["ResourceId"])
        count = re.search(r"instance count to (\d+)", row["Description"])
        if row["StatusCode"] == "Successful" and place and count:
            yield row["EndTime"].timestamp(), (place[1], place[2]), int(count[1])


def stop_metering() -> None:
    """Take the current meter, if there is one, off new sessions."""
    import botocore

    if Meter.current:
        botocore.unregister_initializer(Meter.current.watch)
        Meter.current = None
