"""Application Auto Scaling of endpoints: nothing scales, so nothing is promised."""

from __future__ import annotations

import re
from typing import NoReturn

from localaws.api.errors import invalid
from localaws.api.registry import Call
from localaws.neighbours.guards import guard, refused
from localaws.records.store import Store

_VARIANT = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")


@guard(
    "application-autoscaling",
    *("RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"),
)
def refuse_scaling(call: Call) -> None:
    """Refuse to scale what is SageMaker's; that of other services only moto records.

    A variant that is not there is said in SageMaker's own words, as on AWS.
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    if call.input.get("ServiceNamespace") == "sagemaker":
        _refuse(call)


def _refuse(call: Call) -> NoReturn:
    if match := _VARIANT.fullmatch(call.input.get("ResourceId", "")):
        place = f"{call.region}:{call.context.account}"
        arn = f"arn:aws:sagemaker:{place}:endpoint/{match[1]}"
        table, name = call.context.part(Store).by_arn(arn)
        variants = table.get(name).get("ProductionVariants", ())
        if match[2] not in [row["VariantName"] for row in variants]:
            raise invalid(f'Could not find variant "{match[2]}" of endpoint "{arn}".')
    raise refused(
        f"localaws does not scale endpoints: {call.operation} would change nothing. "
        "Set the number of instances with UpdateEndpointWeightsAndCapacities."
    )
