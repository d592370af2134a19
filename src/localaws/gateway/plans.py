"""API keys, the usage plans that say how often their holders may call, the account."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from localaws.api.registry import Call
from localaws.gateway import patches
from localaws.gateway.documents import (
    ACCOUNTS,
    KEYS,
    PLANS,
    REST,
    Document,
    bad,
    conflict,
    documents,
    identifier,
    missing,
)
from localaws.gateway.operations import paged
from localaws.gateway.pages import rest
from localaws.gateway.usage import Usage
from localaws.neighbours.guards import refused

_WORDS = {
    KEYS: "Invalid API Key identifier specified",
    PLANS: "Invalid Usage Plan ID specified",
}


def _found(call: Call, kind: str, name: str) -> Document:
    found = documents(call).get(kind, call.region, name)
    if found is None:
        raise missing(_WORDS[kind])
    return found


@rest("CreateApiKey")
def create_api_key(call: Call) -> Document:
    """Make a key; it opens nothing before it is in a usage plan.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
    """
    given, now = dict(call.input), int(time.time())
    if given.pop("stageKeys", None):
        raise refused("localaws opens stages by usage plans: leave stageKeys out.")
    given.pop("generateDistinctId", None)
    text = given.setdefault("value", identifier(40))
    if not 20 <= len(text) <= 128:
        raise bad("API Key value should be at least 20 characters")
    for each in documents(call).all(KEYS, call.region):
        if each["value"] == text:
            raise conflict("API Key already exists")
    made = {
        "enabled": False,
        "tags": {},
        **given,
        "id": identifier(),
        "createdDate": now,
    }
    made |= {"lastUpdatedDate": now, "stageKeys": []}
    documents(call).put(KEYS, call.region, made["id"], made)
    return made


@rest("GetApiKey")
def get_api_key(call: Call) -> Document:
    """Describe a key; `includeValue` shows what it is."""
    return _shown(
        _found(call, KEYS, call.input["apiKey"]), call.input.get("includeValue")
    )


@rest("GetApiKeys")
def get_api_keys(call: Call) -> dict[str, Any]:
    """List keys, by the beginning of their names or by customer."""
    name, customer = call.input.get("nameQuery") or "", call.input.get("customerId")
    rows = [
        _shown(row, call.input.get("includeValues"))
        for row in documents(call).all(KEYS, call.region)
        if row.get("name", "").startswith(name)
        and customer in (None, row.get("customerId"))
    ]
    return paged(call, rows)


def _shown(key: Document, whole: bool | None) -> Document:
    return {name: value for name, value in key.items() if whole or name != "value"}


@rest("UpdateApiKey")
def update_api_key(call: Call) -> Document:
    """Change a key: its name, or whether it is enabled."""
    _found(call, KEYS, call.input["apiKey"])
    with documents(call).edit(KEYS, call.region, call.input["apiKey"]) as key:
        members = ("name", "description", "enabled", "customerId")
        patches.follow(call, key, "GetApiKey", *members)
        key["lastUpdatedDate"] = int(time.time())
    return _shown(key, False)


@rest("DeleteApiKey")
def delete_api_key(call: Call) -> dict[str, Any]:
    """Delete a key, also from its usage plans."""
    name = _found(call, KEYS, call.input["apiKey"])["id"]
    for plan in documents(call).all(PLANS, call.region):
        if name in plan["_keys"]:
            with documents(call).edit(PLANS, call.region, plan["id"]) as changed:
                changed["_keys"].pop(name, None)
    documents(call).remove(KEYS, call.region, name)
    return {}


@rest("CreateUsagePlan")
def create_usage_plan(call: Call) -> Document:
    """Make a plan: the stages that its keys open, and how often.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlan.html
    """
    made = {"apiStages": [], "tags": {}, **call.input, "id": identifier(6), "_keys": {}}
    _check_plan(call, made)
    documents(call).put(PLANS, call.region, made["id"], made)
    return made


def _check_plan(call: Call, plan: Document) -> None:
    for each in plan["apiStages"]:
        api = documents(call).get(REST, call.region, each.get("apiId") or "")
        if api is None or each.get("stage") not in api["_stages"]:
            raise missing(
                f"API Stage not found: {each.get('apiId')}:{each.get('stage')}"
            )
    limits = [plan.get("throttle") or {}]
    for each in plan["apiStages"]:
        limits += (each.get("throttle") or {}).values()
    for each in limits:
        if each.get("burstLimit", 0) < 0 or each.get("rateLimit", 0) < 0:
            raise bad("Usage Plan throttle burst limit and rate limit must be positive")
    quota = plan.get("quota")
    if quota and (quota.get("limit", 0) < 0 or not quota.get("period")):
        raise bad("Usage Plan quota must have a limit and a period: DAY, WEEK or MONTH")
    most = {"DAY": 0, "WEEK": 6, "MONTH": 27}
    if quota and not 0 <= quota.get("offset", 0) <= most[quota["period"]]:
        raise bad(f"Usage Plan quota offset must be at most {most[quota['period']]}")


@rest("GetUsagePlan")
def get_usage_plan(call: Call) -> Document:
    """Describe a usage plan."""
    return _found(call, PLANS, call.input["usagePlanId"])


@rest("GetUsagePlans")
def get_usage_plans(call: Call) -> dict[str, Any]:
    """List usage plans, or those that a key is in."""
    name, rows = call.input.get("keyId"), documents(call).all(PLANS, call.region)
    return paged(call, [row for row in rows if name is None or name in row["_keys"]])


@rest("UpdateUsagePlan")
def update_usage_plan(call: Call) -> Document:
    """Change a usage plan: its stages, its limits."""
    _found(call, PLANS, call.input["usagePlanId"])
    with documents(call).edit(PLANS, call.region, call.input["usagePlanId"]) as plan:
        for each in call.input.get("patchOperations") or []:
            _patch(plan, each)
        _check_plan(call, plan)
    return plan


def _patch(plan: Document, each: Document) -> None:
    names = patches.parts(each.get("path", ""))
    if names[0] != "apiStages":
        whole = names in (["throttle"], ["quota"])
        if whole and each.get("op") == "remove":
            plan.pop(names[0], None)
            return
        members = ("name", "description", "productCode", "throttle", "quota")
        patches.apply(plan, [each], patches.shape_of("GetUsagePlan"), members)
        return
    text = names[1] if len(names) > 1 else each.get("value", "")
    api, _, stage = text.partition(":")
    found = next(
        (
            row
            for row in plan["apiStages"]
            if (row["apiId"], row["stage"]) == (api, stage)
        ),
        None,
    )
    if len(names) > 1:
        _patch_stage(found, names[2:], each)
    elif each.get("op") == "add":
        plan["apiStages"] += [] if found else [{"apiId": api, "stage": stage}]
    elif found and each.get("op") == "remove":
        plan["apiStages"].remove(found)
    else:
        raise bad(f"Invalid patch operation '{each.get('op')}' for {each.get('path')}")


def _patch_stage(stage: Document | None, names: list[str], each: Document) -> None:
    """Change a method's limits: `/apiStages/API:STAGE/throttle/~1pets~1GET/...`."""
    if stage is None or names[:1] != ["throttle"]:
        raise bad(f"Invalid patch path '{each['path']}'")
    shape = patches.shape_of("GetUsagePlan").members["apiStages"].member
    if len(names) == 2 and each.get("op") == "remove":
        (stage.get("throttle") or {}).pop(names[1], None)
        return
    path = "/".join(name.replace("~", "~0").replace("/", "~1") for name in names)
    patches.apply(stage, [{**each, "path": f"/{path}"}], shape, ("throttle",))


@rest("DeleteUsagePlan")
def delete_usage_plan(call: Call) -> dict[str, Any]:
    """Delete a usage plan that has no stages."""
    plan = _found(call, PLANS, call.input["usagePlanId"])
    if plan["apiStages"]:
        raise bad(
            f"Cannot delete Usage Plan {plan['id']} because it has associated API "
            "stages. Disassociate these first."
        )
    documents(call).remove(PLANS, call.region, plan["id"])
    return {}


@rest("CreateUsagePlanKey")
def create_usage_plan_key(call: Call) -> Document:
    """Put a key into a usage plan."""
    if call.input["keyType"] != "API_KEY":
        raise bad("Invalid key type: it has to be API_KEY")
    plan = _found(call, PLANS, call.input["usagePlanId"])
    key = _found(call, KEYS, call.input["keyId"])
    if key["id"] in plan["_keys"]:
        raise conflict(f"{key['id']} is already in the Usage Plan {plan['id']}")
    with documents(call).edit(PLANS, call.region, plan["id"]) as changed:
        changed["_keys"][key["id"]] = True
    return _entry(key)


def _entry(key: Document) -> Document:
    named = {"name": key["name"]} if key.get("name") else {}
    return {"id": key["id"], "type": "API_KEY", "value": key["value"], **named}


@rest("GetUsagePlanKey")
def get_usage_plan_key(call: Call) -> Document:
    """Describe a key of a usage plan."""
    plan = _found(call, PLANS, call.input["usagePlanId"])
    if call.input["keyId"] not in plan["_keys"]:
        raise missing(_WORDS[KEYS])
    return _entry(_found(call, KEYS, call.input["keyId"]))


@rest("GetUsagePlanKeys")
def get_usage_plan_keys(call: Call) -> dict[str, Any]:
    """List the keys of a usage plan."""
    plan, name = (
        _found(call, PLANS, call.input["usagePlanId"]),
        call.input.get("nameQuery"),
    )
    rows = [_entry(_found(call, KEYS, each)) for each in plan["_keys"]]
    return paged(
        call, [row for row in rows if row.get("name", "").startswith(name or "")]
    )


@rest("DeleteUsagePlanKey")
def delete_usage_plan_key(call: Call) -> dict[str, Any]:
    """Take a key out of a usage plan."""
    get_usage_plan_key(call)
    with documents(call).edit(PLANS, call.region, call.input["usagePlanId"]) as plan:
        del plan["_keys"][call.input["keyId"]]
    return {}


@rest("GetUsage")
def get_usage(call: Call) -> dict[str, Any]:
    """Tell how often the keys of a plan have called, and may still, day by day.

    https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
    """
    plan = _found(call, PLANS, call.input["usagePlanId"])
    try:
        days = [
            date.fromisoformat(call.input[name]) for name in ("startDate", "endDate")
        ]
    except ValueError as error:
        raise bad(f"Invalid date specified: {error}") from None
    if not 0 <= (days[1] - days[0]).days <= 90:
        raise bad("The end date has to be within 90 days after the start date")
    asked = call.input.get("keyId")
    names = [name for name in plan["_keys"] if asked in (None, name)]
    usage = call.context.part(Usage)
    items = {name: usage.told(call.region, plan, name, *days) for name in names}
    told = {name: call.input[name] for name in ("usagePlanId", "startDate", "endDate")}
    return {**told, "items": items}


@rest("GetAccount")
def get_account(call: Call) -> Document:
    """Tell the limits of the account, and its role for logs; neither matters here."""
    return documents(call).get(ACCOUNTS, call.region, "account") or {
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10_000.0},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }


@rest("UpdateAccount")
def update_account(call: Call) -> Document:
    """Keep the role for logs; those that localaws writes need none."""
    account = {**get_account(call)}
    patches.follow(call, account, "GetAccount", "cloudwatchRoleArn")
    documents(call).put(ACCOUNTS, call.region, "account", account)
    return account
