"""Lineage: the operations on artifacts, actions and contexts.

Nothing is tracked by itself, as AWS tracks jobs and endpoints: records are what the
SDK's helpers and their users write.
"""

from __future__ import annotations

from typing import Any

from localaws.api.registry import Call, operation
from localaws.lineage import entities
from localaws.lineage.entities import ACTION, ARTIFACT, CONTEXT


@operation("CreateArtifact")
def create_artifact(call: Call) -> dict[str, Any]:
    """Store an artifact, such as a data set or a model, by its source.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateArtifact.html
    """
    return entities.create_artifact(call)


@operation("DescribeArtifact")
def describe_artifact(call: Call) -> dict[str, Any]:
    """Return an artifact.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeArtifact.html
    """
    return entities.describe(call, ARTIFACT)


@operation("ListArtifacts")
def list_artifacts(call: Call) -> dict[str, Any]:
    """Return one page of summaries, of one source or type where they are given.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListArtifacts.html
    """
    return entities.summaries(call, ARTIFACT)


@operation("UpdateArtifact")
def update_artifact(call: Call) -> dict[str, Any]:
    """Change an artifact's name and properties.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateArtifact.html
    """
    return entities.update(call, ARTIFACT)


@operation("DeleteArtifact")
def delete_artifact(call: Call) -> dict[str, Any]:
    """Delete an artifact that is tied to no other entity.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteArtifact.html
    """
    return entities.delete(call, ARTIFACT)


@operation("CreateAction")
def create_action(call: Call) -> dict[str, Any]:
    """Store an action, such as an approval, by its name.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAction.html
    """
    return entities.create(call, ACTION)


@operation("DescribeAction")
def describe_action(call: Call) -> dict[str, Any]:
    """Return an action.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeAction.html
    """
    return entities.describe(call, ACTION)


@operation("ListActions")
def list_actions(call: Call) -> dict[str, Any]:
    """Return one page of summaries, of one source or type where they are given.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListActions.html
    """
    return entities.summaries(call, ACTION)


@operation("UpdateAction")
def update_action(call: Call) -> dict[str, Any]:
    """Change an action's status, description and properties.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateAction.html
    """
    return entities.update(call, ACTION)


@operation("DeleteAction")
def delete_action(call: Call) -> dict[str, Any]:
    """Delete an action that is tied to no other entity.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteAction.html
    """
    return entities.delete(call, ACTION)


@operation("CreateContext")
def create_context(call: Call) -> dict[str, Any]:
    """Store a context, such as an endpoint or a pipeline, by its name.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateContext.html
    """
    return entities.create(call, CONTEXT)


@operation("DescribeContext")
def describe_context(call: Call) -> dict[str, Any]:
    """Return a context.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeContext.html
    """
    return entities.describe(call, CONTEXT)


@operation("ListContexts")
def list_contexts(call: Call) -> dict[str, Any]:
    """Return one page of summaries, of one source or type where they are given.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListContexts.html
    """
    return entities.summaries(call, CONTEXT)


@operation("UpdateContext")
def update_context(call: Call) -> dict[str, Any]:
    """Change a context's description and properties.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateContext.html
    """
    return entities.update(call, CONTEXT)


@operation("DeleteContext")
def delete_context(call: Call) -> dict[str, Any]:
    """Delete a context that is tied to no other entity.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteContext.html
    """
    return entities.delete(call, CONTEXT)
