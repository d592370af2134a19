"""The one place that knows whether AWS is this machine or the real one."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from course.cloud import (
    endpoints,
    functions,
    identities,
    images,
    machines,
    pipelines,
    watchers,
)
from course.cloud.bill import Bill, Charge
from course.cloud.cells import follow, stem, stopped_now, tuned
from course.cloud.meter import PREFIX, CloudError, Meter, scaled, stop_metering
from course.cloud.registry import unregister

__all__ = ["Bill", "Charge", "Cloud", "CloudError", "Meter", "connect", "stop_metering"]

CONSOLE = "https://{0}.console.aws.amazon.com/sagemaker/home?region={0}"
# Kinds of jobs that AWS bills, and where their records say on which machines they run.
MACHINES = {
    "training": ("ResourceConfig",),
    "processing": ("ProcessingResources", "ClusterConfig"),
    "transform": ("TransformResources",),
}
AMAZON = ".amazonaws.com", ".amazonaws.com.cn", ".api.aws"  # ends of AWS's hosts


@dataclass
class Cloud:
    """An AWS account that lessons may use, and a meter of what they started in it.

    ``role`` is the execution role's ARN; ``bucket`` is the account's default bucket;
    ``console`` is the address of the pages that show what runs there.
    """

    where: str
    region: str
    account: str
    role: str
    bucket: str
    console: str
    _meter: Meter = field(repr=False)

    def wait(self, seconds: float) -> None:
        """Let seconds pass: moved on at once on this machine, waited for at AWS."""
        self._meter.check().follow(self._after(seconds))

    def now(self) -> datetime:
        """The time by which alarms and schedules go: ahead of yours after a wait."""
        return datetime.fromtimestamp(self._after(0), UTC)

    def cost(self) -> Bill:
        """What this session's jobs, endpoints and machines cost at AWS so far."""
        meter, here = self._meter, self.where == "local"
        jobs = [self._job_charge(kind, name) for kind, name in self._jobs()]
        own = meter.endpoint_charges(scaled(self._scaling()))
        others = self._deployed() if meter.pipelines else ()
        return Bill((*jobs, *own, *others, *meter.machine_charges()), here)

    def look_everywhere(self) -> None:
        """Let `leftovers` and `clean_up` look at what other sessions made, too."""
        self._meter.look_everywhere()

    def leftovers(self) -> list[str]:
        """What the course left here that costs money, or lets somebody in."""
        executions = pipelines.running(self._client("sagemaker"))
        used = self._used()
        rented = machines.listed(self._client) if "ec2" in used else ()
        keys = identities.keys(self._client("iam")) if "iam" in used else ()
        return [
            *(f"{kind} job {name}" for kind, name in self._running()),
            *(f"pipeline execution {pipelines.label(arn)}" for arn in executions),
            *(f"endpoint {name}" for name in self._names("endpoints")),
            *watchers.listed(self._client, used),
            *functions.listed(self._client, used),
            *images.listed(self._client, used),
            *(f"instance {name} in {region}" for region, name in rented),
            *(f"access key {key} of {user}" for user, key in keys),
        ]

    def clean_up(self) -> list[str]:
        """Stop and delete all that the course created here; return what was removed."""
        sagemaker = self._client("sagemaker")
        removed, used = pipelines.clean_up(sagemaker), self._used()
        for kind, name in self._running():
            if stopped_now(sagemaker, kind, name):
                removed.append(f"{kind} job {name}")
        removed += endpoints.unscale(self._client, used)
        for name in self._names("endpoints"):
            _delete_endpoint(sagemaker, name)
            removed.append(f"endpoint {name}")
        for kind in ("endpoint_configs", "models"):
            delete = getattr(sagemaker, f"delete_{kind[:-1]}")
            for name in self._names(kind):
                delete(**{f"{_label(kind)}Name": name})
                removed.append(f"{kind[:-1].replace('_', ' ')} {name}")
        removed += unregister(sagemaker)
        removed += watchers.remove(self._client, used)
        removed += functions.remove(self._client, used)
        removed += images.remove(self._client, used)
        if "ec2" in used:
            removed += machines.terminate(self._client)
        if "iam" in used:
            removed += identities.remove(self._client("iam"))
        objects = self._bucket().objects.filter(Prefix=PREFIX)
        count = sum(len(answer.get("Deleted", [])) for answer in objects.delete())
        return [*removed, *([f"{count} objects in the bucket"] if count else [])]

    def _after(self, seconds: float) -> float:
        """Let seconds pass; return the time of this place then, seconds since 1970."""
        self._meter.check()
        if self.where == "aws":
            time.sleep(seconds)
            return time.time()
        from localaws import client

        return client.connect().advance(seconds)

    def _running(self) -> list[tuple[str, str]]:
        """The kind, "training" for one, and the name of each job that runs.

        A training job that a tuning job has started goes with that one.
        """
        found = [
            (kind, name)
            for kind in ("tuning", "training", "processing", "transform")
            for name in self._names(f"{stem(kind)}_jobs", StatusEquals="InProgress")
        ]
        heads = tuple(f"{name}-" for kind, name in found if kind == "tuning")
        return [
            (kind, name)
            for kind, name in found
            if kind != "training" or not name.startswith(heads)
        ]

    def _names(self, kind: str, **filters: str) -> list[str]:
        """Names of the course's resources of one kind, such as ``endpoints``."""
        pages = (
            self._client("sagemaker").get_paginator(f"list_{kind}").paginate(**filters)
        )
        label = _label(kind)
        key = f"{label}Summaries" if kind.endswith("_jobs") else f"{label}s"
        found = [entry[f"{label}Name"] for page in pages for entry in page[key]]
        return sorted(name for name in found if name.startswith(PREFIX))

    def _jobs(self) -> list[tuple[str, str]]:
        """The kind and the name of each job that this session began, or had begun."""
        sagemaker, begun = self._client("sagemaker"), self._meter.begun
        return [
            *((kind, name) for kind in MACHINES for name in begun[kind]),
            *(("training", n) for t in begun["tuning"] for n in tuned(sagemaker, t)),
            *(job for arn in self._begun() for job in pipelines.jobs(sagemaker, arn)),
        ]

    def _begun(self) -> list[str]:
        """The executions that this session began, and all of pipelines that it made.

        A rule or a schedule may have begun those.
        """
        sagemaker, known = self._client("sagemaker"), self._meter.begun["execution"]
        own = self._meter.pipelines
        for name in pipelines.names(sagemaker) if own else ():
            if name in own:
                rows = pipelines.executions(sagemaker, name)
                known += [row["PipelineExecutionArn"] for row in rows]
        known[:] = dict.fromkeys(known)
        return known

    def _deployed(self) -> Iterator[Charge]:
        """What functions that this session's pipelines end in have deployed."""
        meter = self._meter
        client = self._client("sagemaker")
        return endpoints.charges(client, meter.since, meter.endpoints)

    def _scaling(self) -> Iterator[dict]:
        """What scaling policies did to endpoints, if this session has had any.

        Nothing where the account may not ask: what was scaled is not counted then.
        """
        from botocore.exceptions import ClientError

        if self._meter.metered:
            client = self._client("application-autoscaling")
            pages = client.get_paginator("describe_scaling_activities")
            with contextlib.suppress(ClientError):
                for page in pages.paginate(ServiceNamespace="sagemaker"):
                    yield from page["ScalingActivities"]

    def _job_charge(self, kind: str, name: str) -> Charge:
        """What a job costs from its start to its end, or until now."""
        describe = getattr(self._client("sagemaker"), f"describe_{kind}_job")
        title = kind.capitalize()
        job = machine = describe(**{f"{title}JobName": name})
        for member in MACHINES[kind]:
            machine = machine[member]
        begun, ended = job.get(f"{title}StartTime"), job.get(f"{title}EndTime")
        seconds = ((ended or datetime.now(UTC)) - begun).total_seconds() if begun else 0
        if kind == "training":  # AWS says what it bills
            seconds = job.get("BillableTimeInSeconds", 0)
        return Charge(
            name, kind, machine["InstanceType"], machine["InstanceCount"], seconds
        )

    def _used(self) -> set[str]:
        """Services besides SageMaker in which a session has made something."""
        return self._meter.besides | self._meter.check().besides

    def _client(self, service: str, **where: str):
        """A client of this account; ``CloudError`` once the process has left it."""
        import boto3

        self._meter.check()
        return boto3.client(service, **where)

    def _bucket(self):
        import boto3

        self._meter.check()
        return boto3.resource("s3").Bucket(self.bucket)


def connect(
    where: str = "local", *, spend: bool = False, enforce_iam: bool = False
) -> Cloud:
    """Return the account to work in: ``"local"``, this machine, or ``"aws"``.

    Local: finds or starts an AWS on this machine and points this process at it, with
    made-up credentials; yours are neither read nor touched. With ``enforce_iam`` it
    asks for permissions as AWS always does; where the one found does not, a new one
    is started. AWS: uses your credentials, and refuses what costs money unless
    ``spend`` is true.
    What was made for the other place, clients included, can no longer be used.

    Raises ``ValueError`` for another place, ``CloudError`` where AWS is out of reach.
    """
    if where == "local":
        return _connect_local(enforce_iam)
    if where == "aws":
        return _connect_aws(spend)
    raise ValueError(f'where is "{where}", but it must be "local" or "aws"')


def _connect_local(enforce_iam: bool) -> Cloud:
    from localaws import client

    here = client.connect(enforce_iam=enforce_iam)
    meter = Meter(allowed=True, where=here.url)
    meter.follow(here.advance(0))
    meter.start()
    follow(meter)
    print(f"AWS on this machine, region {here.region}: no account, no cost.")
    print(f"Its console, for your browser: {here.console}")
    place = (here.region, here.account, here.role_arn, here.bucket, here.console)
    return Cloud("local", *place, meter)


def _connect_aws(spend: bool) -> Cloud:
    from botocore.exceptions import BotoCoreError, ClientError
    from sagemaker.core.helper import session_helper

    _leave_this_machine()
    meter = Meter(allowed=spend)
    meter.start()
    try:
        session = session_helper.Session()
        for service in ("sagemaker", "sagemaker-runtime", "s3", "iam", "logs"):
            _check_address(session.boto_session.client(service).meta.endpoint_url)
        account = session.account_id()
        role = session_helper.get_execution_role(session)
        bucket = session.default_bucket()
    except (BotoCoreError, ClientError, ValueError) as error:
        stop_metering()
        raise CloudError(
            f"AWS cannot be used: {error}. Set up credentials and a region "
            "(`aws configure`, or run in SageMaker Studio) with an execution role, "
            'or stay on this machine: connect("local").'
        ) from error
    region = session.boto_region_name
    money = "may spend money" if spend else "refuses what costs money"
    print(f"The real AWS: account {account}, region {region}; this session {money}.")
    follow(meter)
    return Cloud("aws", region, account, role, bucket, CONSOLE.format(region), meter)


def _leave_this_machine() -> None:
    """Take the process off the AWS on this machine; ``CloudError`` where it cannot."""
    from localaws import client

    try:
        client.disconnect()
    except RuntimeError as error:
        raise CloudError(f"AWS cannot be used: {error}") from error


def _check_address(url: str) -> None:
    """Raise ``CloudError`` where clients are pointed at something that is not AWS."""
    if not (urlsplit(url).hostname or "").endswith(AMAZON):
        stop_metering()
        raise CloudError(
            f"AWS cannot be used: clients are pointed at {url}, which is not AWS. "
            "Unset AWS_ENDPOINT_URL and its like for single services, or the "
            "endpoint_url of your profile, and restart the kernel."
        )


def _label(kind: str) -> str:
    """``endpoint_configs`` to ``EndpointConfig``, as AWS names its members."""
    return "".join(word.capitalize() for word in kind[:-1].split("_"))


def _delete_endpoint(sagemaker, name: str) -> None:
    """Delete an endpoint and wait until it is gone; AWS refuses while it is created."""
    from botocore.exceptions import WaiterError

    patience = {"Delay": 2, "MaxAttempts": 900}
    with contextlib.suppress(WaiterError):  # one that failed can be deleted as well
        waiter = sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=name, WaiterConfig=patience)
    sagemaker.delete_endpoint(EndpointName=name)
    waiter = sagemaker.get_waiter("endpoint_deleted")
    waiter.wait(EndpointName=name, WaiterConfig=patience)
