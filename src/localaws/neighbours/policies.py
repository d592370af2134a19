"""AWS's managed policies are AWS's: moto would let a customer change them."""

from __future__ import annotations

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.neighbours.guards import guard
from localaws.persistence.policies import OF_AWS


@guard("iam", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion")
@guard("iam", "DeletePolicy", "TagPolicy", "UntagPolicy")
def keep_policies_of_aws(call: Call) -> None:
    """Refuse to change a policy that a customer may only attach.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
    """
    arn = call.input["PolicyArn"]
    if arn.startswith(OF_AWS):
        raise ServiceError(
            "AccessDenied",
            f'{call.operation}: the policy "{arn}" is managed by AWS, and nobody else '
            "may change it. Create a policy of your own with its document.",
            403,
        )
