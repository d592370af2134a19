"""Tags of resources."""

from __future__ import annotations

from localaws.api.registry import Call, operation
from localaws.records.store import Store


@operation("AddTags")
def add_tags(call: Call) -> dict:
    """Set tags; a key that exists gets the new value.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
    """
    table, name = call.context.part(Store).by_arn(call.input["ResourceArn"])
    with table.edit(name) as record:
        tags = {tag["Key"]: tag for tag in record["_tags"] + call.input["Tags"]}
        record["_tags"] = list(tags.values())
    return {"Tags": record["_tags"]}


@operation("DeleteTags")
def delete_tags(call: Call) -> dict:
    """Remove tags; keys that are not there are ignored.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTags.html
    """
    table, name = call.context.part(Store).by_arn(call.input["ResourceArn"])
    with table.edit(name) as record:
        gone = set(call.input["TagKeys"])
        record["_tags"] = [tag for tag in record["_tags"] if tag["Key"] not in gone]
    return {}


@operation("ListTags")
def list_tags(call: Call) -> dict:
    """Return the tags of a resource, in one page.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTags.html
    """
    table, name = call.context.part(Store).by_arn(call.input["ResourceArn"])
    return {"Tags": table.get(name)["_tags"]}
