"""What a function or a layer may be: refused as AWS does, or where it would not run."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from botocore.exceptions import ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.functions.code import MOST, ZIPPED, BadCode, size
from localaws.functions.invocation import Functions
from localaws.functions.revision import SERVICE, unrunnable
from localaws.iam.identity import find_role, trusts
from localaws.neighbours.guards import guard, refused

VARIABLES = 4096  # bytes of a function's variables
LAYERS = 5
DESTINATIONS = ("sqs", "sns", "lambda", "events")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED = (
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION"),
    *("AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_SESSION_TOKEN"),
    *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME"),
    *("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    *("AWS_SECRET_ACCESS_KEY", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT"),
    "LAMBDA_RUNTIME_DIR",
)
_VARIABLE = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
# Members that change what a function does, and that nothing here would do.
UNKEPT = {
    "FileSystemConfigs": "no file system of EFS is mounted",
    "CapacityProviderConfig": "there are no capacity providers",
    "DurableConfig": "there are no durable executions",
    "TenancyConfig": "tenants are not kept apart",
}


@guard("lambda", "CreateFunction")
def check_function(call: Call) -> None:
    """Refuse a function that AWS would not take, or that would not run here.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    given = call.input
    if given.get("PackageType") == "Image" or given.get("Code", {}).get("ImageUri"):
        _check_image(given)
    else:
        for name in ("Handler", "Runtime"):
            if not given.get(name):
                words = "is mandatory for functions with deployment packages"
                raise _wrong(f"{name} {words}")
    _check_configuration(call)
    _check_code(given.get("Code", {}).get("ZipFile"), "CreateFunction")


@guard("lambda", "UpdateFunctionConfiguration")
def check_configuration(call: Call) -> None:
    """Refuse what CreateFunction would refuse."""
    _check_configuration(call)


@guard("lambda", "UpdateFunctionCode")
def check_code(call: Call) -> None:
    """Refuse code that CreateFunction would refuse."""
    _check_code(call.input.get("ZipFile"), "UpdateFunctionCode")


@guard("lambda", "PublishLayerVersion")
def check_layer(call: Call) -> None:
    """Refuse a layer that could not be unpacked."""
    _check_code(call.input.get("Content", {}).get("ZipFile"), "PublishLayerVersion")


@guard("lambda", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
def check_destinations(call: Call) -> None:
    """Refuse what would not be followed: versions of their own, other destinations."""
    qualifier = call.input.get("Qualifier", "$LATEST")
    if qualifier != "$LATEST":
        raise refused(
            f'localaws has one such configuration for all versions: leave "{qualifier}"'
            " out."
        )
    for on in call.input.get("DestinationConfig", {}).values():
        arn = on.get("Destination", "")
        if arn and arn.split(":")[2:3] not in [[one] for one in DESTINATIONS]:
            raise refused(
                f'localaws sends no events of functions to "{arn}": it sends them to '
                f"{', '.join(DESTINATIONS)}."
            )


@guard("lambda", "CreateAlias", "UpdateAlias")
def check_alias(call: Call) -> None:
    """Refuse an alias that would lead nowhere, or share out what it cannot.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    given = call.input
    name, routing = given["Name"], given.get("RoutingConfig") or {}
    if name.isdigit() and call.operation == "CreateAlias":
        raise _wrong(f'The alias "{name}" is a number, as versions are: name it.')
    weights = routing.get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        words = "Number of items in AdditionalVersionWeights cannot be greater than 1"
        raise _wrong(words)
    functions = call.context.part(Functions)
    version = given.get("FunctionVersion")
    if version is None and weights:
        version = _aliased(functions, call)
    for other, weight in weights.items():
        _check_limit("routingConfig.additionalVersionWeights", weight, 0, 1)
        if "$LATEST" in (other, version):
            words = "is not supported for an alias pointing to more than 1 version"
            raise _wrong(f"$LATEST {words}")
        functions.find(given["FunctionName"], other, call.region)
        if other == version:
            raise _wrong(
                f"Invalid function version {other}. Function version {other} is "
                "already included in routing configuration."
            )


def _aliased(functions: Functions, call: Call) -> str:
    """Return the version that an alias leads to now."""
    lambdas = functions.context.clients.get("lambda", call.region)
    place = {name: call.input[name] for name in ("FunctionName", "Name")}
    try:
        return str(lambdas.get_alias(**place)["FunctionVersion"])
    except ClientError:
        return ""  # moto says that there is none


def _check_image(given: dict[str, Any]) -> None:
    """Refuse what a function of an image cannot have.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    if given.get("PackageType") != "Image" or not given["Code"].get("ImageUri"):
        raise _wrong("A function of PackageType Image has an ImageUri, and no other.")
    for name in ("Handler", "Runtime", "Layers"):
        if given.get(name):
            raise _wrong(
                f"Please don't provide {name} when the intended function PackageType "
                "is Image."
            )


def _check_configuration(call: Call) -> None:
    given = call.input
    _check_letters(given.get("DeadLetterConfig", {}).get("TargetArn", ""))
    if "Runtime" in given and (words := unrunnable(given["Runtime"])):
        raise refused(words)
    for name, why in UNKEPT.items():
        if given.get(name):
            raise refused(f"localaws does not emulate {name} of functions: {why}.")
    if set(given.get("LoggingConfig", {}).items()) - {("LogFormat", "Text")}:
        raise refused("localaws writes the logs of functions as text, to their group.")
    if given.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        raise refused("localaws does not emulate SnapStart: each start is a cold one.")
    _check_limit("timeout", given.get("Timeout", 3), 1, 900)
    _check_limit("memorySize", given.get("MemorySize", 128), 128, 10_240)
    if len(given.get("Layers", ())) > LAYERS:
        raise _wrong("Cannot reference more than 5 layers.")
    _check_variables(given.get("Environment", {}).get("Variables", {}))
    if "Role" in given:
        _check_role(call.context.account, given["Role"])


def _check_letters(arn: str) -> None:
    if arn and arn.split(":")[2:3] not in (["sqs"], ["sns"]):
        raise _wrong(
            f"The provided dead letter target {arn} is no SQS queue or SNS topic"
        )


def _check_limit(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        bound = f"greater than or equal to {least}"
        bound = f"less than or equal to {most}" if value > most else bound
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{value}' at '{name}' failed to "
            f"satisfy constraint: Member must have value {bound}",
        )


def _check_variables(variables: dict[str, str]) -> None:
    because = "Lambda was unable to configure your environment variables because the "
    if found := [name for name in variables if name in RESERVED]:
        raise _wrong(
            f"{because}environment variables you have provided contains reserved keys "
            "that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(found)}"
        )
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name):
            raise ServiceError(
                "ValidationException",
                "1 validation error detected: Value at 'environment.variables' failed "
                "to satisfy constraint: Map keys must satisfy constraint: [Member must "
                f"satisfy regular expression pattern: {_VARIABLE.pattern}]: {name!r}",
            )
        if "\0" in value:
            raise _wrong(f"{because}value of {name} has a character 0.")
    text = json.dumps(variables, separators=(",", ":"))
    if len(text.encode()) > VARIABLES:
        raise _wrong(
            f"{because}environment variables you have provided exceeded the 4KB limit. "
            f"String measured: {text[:200]}..."
        )


def _check_role(account: str, role: str) -> None:
    if find_role(account, role) and not trusts(account, role, SERVICE):
        raise _wrong("The role defined for the function cannot be assumed by Lambda.")


def _check_code(given: Any, operation: str) -> None:
    if given is None:
        return  # it is in S3, or something is missing, as moto says
    data = given if isinstance(given, bytes) else base64.b64decode(given)
    if len(data) > ZIPPED:
        raise ServiceError(
            "RequestEntityTooLargeException",
            f"Request must be smaller than 69905067 bytes for the {operation} "
            "operation",
            413,
        )
    try:
        unpacked = size(data)
    except BadCode as error:
        raise _wrong(
            "Could not unzip uploaded file. Please check your file, then try to upload "
            f"again. ({error})"
        ) from None
    if unpacked > MOST:
        raise _wrong(f"Unzipped size must be smaller than {MOST} bytes")


def _wrong(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)
