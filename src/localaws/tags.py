"""Tags of resources."""

from __future__ import annotations

from localaws.api.errors import invalid
from localaws.api.registry import Call, operation
from localaws.models.kinds import GROUP, PACKAGE, versioned
from localaws.records.store import Store, Table


@operation("AddTags")
def add_tags(call: Call) -> dict:
    """Set tags; a key that exists gets the new value.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
    """
    table, name = _own(call)
    with table.edit(name) as record:
        tags = {tag["Key"]: tag for tag in record["_tags"] + call.input["Tags"]}
        record["_tags"] = list(tags.values())
    return {"Tags": record["_tags"]}


@operation("DeleteTags")
def delete_tags(call: Call) -> dict:
    """Remove tags; keys that are not there are ignored.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTags.html
    """
    table, name = _own(call)
    with table.edit(name) as record:
        gone = set(call.input["TagKeys"])
        record["_tags"] = [tag for tag in record["_tags"] if tag["Key"] not in gone]
    return {}


@operation("ListTags")
def list_tags(call: Call) -> dict:
    """Return the tags of a resource, in one page.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTags.html
    """
    table, name = _tagged(call)
    return {"Tags": table.get(name)["_tags"]}


def _tagged(call: Call) -> tuple[Table, str]:
    """Return table and name of what has the tags: of a version, its group."""
    store = call.context.part(Store)
    table, name = store.by_arn(call.input["ResourceArn"])
    if table.kind is PACKAGE and versioned(package := table.get(name)):
        return store.table(GROUP, table.region), package["ModelPackageGroupName"]
    return table, name


def _own(call: Call) -> tuple[Table, str]:
    """Return table and name of what a request names; refuse what has no own tags."""
    table, name = _tagged(call)
    if table.arn(name) != call.input["ResourceArn"]:
        raise invalid(
            "A version of a model package has the tags of its group: change those of "
            f'"{table.arn(name)}".'
        )
    return table, name
