"""The members of requests about pipelines, each followed, or refused in words."""

from localaws.api.members import FOLLOWED, Table, Unfollowed

_ALIASES = Unfollowed(
    "versions have no aliases here. Name one by its PipelineVersionId"
)
_DEFINED: Table = {
    "PipelineName": FOLLOWED,
    "PipelineDisplayName": FOLLOWED,
    "PipelineDefinition": FOLLOWED,
    "PipelineDefinitionS3Location.Bucket": FOLLOWED,
    "PipelineDefinitionS3Location.ObjectKey": FOLLOWED,
    "PipelineDefinitionS3Location.VersionId": FOLLOWED,
    "PipelineDescription": FOLLOWED,
    "RoleArn": FOLLOWED,
    "ParallelismConfiguration.MaxParallelExecutionSteps": FOLLOWED,
    "PipelineVersionAliases": _ALIASES,
}
CREATE_PIPELINE: Table = {
    **_DEFINED,
    "ClientRequestToken": FOLLOWED,
    "Tags[].Key": FOLLOWED,
    "Tags[].Value": FOLLOWED,
}
UPDATE_PIPELINE: Table = _DEFINED
START_PIPELINE_EXECUTION: Table = {
    "PipelineName": FOLLOWED,
    "PipelineExecutionDisplayName": FOLLOWED,
    "PipelineParameters[].Name": FOLLOWED,
    "PipelineParameters[].Value": FOLLOWED,
    "PipelineExecutionDescription": FOLLOWED,
    "ClientRequestToken": FOLLOWED,
    "ParallelismConfiguration.MaxParallelExecutionSteps": FOLLOWED,
    "SelectiveExecutionConfig.SourcePipelineExecutionArn": FOLLOWED,
    "SelectiveExecutionConfig.SelectedSteps[].StepName": FOLLOWED,
    "PipelineVersionId": FOLLOWED,
    "MlflowExperimentName": Unfollowed("it has no MLflow server. Leave it out"),
    "PipelineVersionAlias": _ALIASES,
    "RoleArn": FOLLOWED,
}
