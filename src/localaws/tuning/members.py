"""The members of CreateHyperParameterTuningJob: followed, harmless, or refused.

What a definition says of its training jobs is followed in that they are given it;
`training.request` refuses of it what they cannot do, before the tuning begins.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
"""

from localaws.api.members import FOLLOWED, Table, Unfollowed, below

_RANGE: Table = {
    "Name": FOLLOWED,
    "MinValue": FOLLOWED,
    "MaxValue": FOLLOWED,
    "ScalingType": FOLLOWED,
}
_RANGES: Table = {
    **below("IntegerParameterRanges[]", _RANGE),
    **below("ContinuousParameterRanges[]", _RANGE),
    "CategoricalParameterRanges[].Name": FOLLOWED,
    "CategoricalParameterRanges[].Values": FOLLOWED,
    "AutoParameters": Unfollowed(
        "AWS does not say which ranges it would choose. Give a range to each "
        "hyperparameter that is to be tuned"
    ),
}
_OBJECTIVE: Table = {"Type": FOLLOWED, "MetricName": FOLLOWED}
_CONFIG: Table = {
    "Strategy": FOLLOWED,
    "StrategyConfig.HyperbandStrategyConfig.MinResource": FOLLOWED,
    "StrategyConfig.HyperbandStrategyConfig.MaxResource": FOLLOWED,
    **below("HyperParameterTuningJobObjective", _OBJECTIVE),
    "ResourceLimits.MaxNumberOfTrainingJobs": FOLLOWED,
    "ResourceLimits.MaxParallelTrainingJobs": FOLLOWED,
    "ResourceLimits.MaxRuntimeInSeconds": FOLLOWED,
    **below("ParameterRanges", _RANGES),
    "TrainingJobEarlyStoppingType": FOLLOWED,
    "TuningJobCompletionCriteria.TargetObjectiveMetricValue": FOLLOWED,
    "TuningJobCompletionCriteria.BestObjectiveNotImproving."
    "MaxNumberOfTrainingJobsNotImproving": FOLLOWED,
    "TuningJobCompletionCriteria.ConvergenceDetected.CompleteOnConvergence": Unfollowed(
        "AWS does not say how it detects that nothing better is to come. Use "
        "MaxNumberOfTrainingJobsNotImproving of BestObjectiveNotImproving",
        unless=("Disabled",),
    ),
    "RandomSeed": FOLLOWED,
}
_SOURCE: Table = {
    "S3DataSource.S3DataType": FOLLOWED,
    "S3DataSource.S3Uri": FOLLOWED,
    "S3DataSource.S3DataDistributionType": FOLLOWED,
    "S3DataSource.AttributeNames": FOLLOWED,
    "S3DataSource.InstanceGroupNames": FOLLOWED,
    "S3DataSource.ModelAccessConfig.AcceptEula": FOLLOWED,
    "S3DataSource.HubAccessConfig.HubContentArn": FOLLOWED,
    "FileSystemDataSource.FileSystemId": FOLLOWED,
    "FileSystemDataSource.FileSystemAccessMode": FOLLOWED,
    "FileSystemDataSource.FileSystemType": FOLLOWED,
    "FileSystemDataSource.DirectoryPath": FOLLOWED,
    "DatasetSource.DatasetArn": FOLLOWED,
}
_CHANNEL: Table = {
    "ChannelName": FOLLOWED,
    **below("DataSource", _SOURCE),
    "ContentType": FOLLOWED,
    "CompressionType": FOLLOWED,
    "RecordWrapperType": FOLLOWED,
    "InputMode": FOLLOWED,
    "ShuffleConfig.Seed": FOLLOWED,
}
_MACHINES: Table = {
    "InstanceType": FOLLOWED,
    "InstanceCount": FOLLOWED,
    "VolumeSizeInGB": FOLLOWED,
    "VolumeKmsKeyId": FOLLOWED,
    "KeepAlivePeriodInSeconds": FOLLOWED,
    "InstanceGroups[].InstanceType": FOLLOWED,
    "InstanceGroups[].InstanceCount": FOLLOWED,
    "InstanceGroups[].InstanceGroupName": FOLLOWED,
    "TrainingPlanArn": FOLLOWED,
    "InstancePlacementConfig.EnableMultipleJobs": FOLLOWED,
    "InstancePlacementConfig.PlacementSpecifications[].UltraServerId": FOLLOWED,
    "InstancePlacementConfig.PlacementSpecifications[].InstanceCount": FOLLOWED,
    "InstancePreferences[].InstanceType": FOLLOWED,
    "InstancePreferences[].InstanceCount": FOLLOWED,
    "InstancePreferences[].TrainingPlanArns": FOLLOWED,
    "SelectedInstanceType": FOLLOWED,
    "SelectedInstanceCount": FOLLOWED,
}
_CHOICE: Table = {
    "InstanceType": FOLLOWED,
    "InstanceCount": FOLLOWED,
    "VolumeSizeInGB": FOLLOWED,
    "VolumeKmsKeyId": FOLLOWED,
    "AllocationStrategy": "the first of the InstanceConfigs is always to be had here",
    "InstanceConfigs[].InstanceType": FOLLOWED,
    "InstanceConfigs[].InstanceCount": FOLLOWED,
    "InstanceConfigs[].VolumeSizeInGB": FOLLOWED,
}
_ALGORITHM: Table = {
    "TrainingImage": FOLLOWED,
    "TrainingInputMode": FOLLOWED,
    "AlgorithmName": FOLLOWED,
    "MetricDefinitions[].Name": FOLLOWED,
    "MetricDefinitions[].Regex": FOLLOWED,
}
_DEFINITION: Table = {
    "DefinitionName": FOLLOWED,
    **below("TuningObjective", _OBJECTIVE),
    **below("HyperParameterRanges", _RANGES),
    "StaticHyperParameters{}": FOLLOWED,
    **below("AlgorithmSpecification", _ALGORITHM),
    "RoleArn": FOLLOWED,
    **below("InputDataConfig[]", _CHANNEL),
    "VpcConfig.SecurityGroupIds": FOLLOWED,
    "VpcConfig.Subnets": FOLLOWED,
    "OutputDataConfig.KmsKeyId": FOLLOWED,
    "OutputDataConfig.S3OutputPath": FOLLOWED,
    "OutputDataConfig.CompressionType": FOLLOWED,
    **below("ResourceConfig", _MACHINES),
    **below("HyperParameterTuningResourceConfig", _CHOICE),
    "StoppingCondition.MaxRuntimeInSeconds": FOLLOWED,
    "StoppingCondition.MaxWaitTimeInSeconds": FOLLOWED,
    "StoppingCondition.MaxPendingTimeInSeconds": FOLLOWED,
    "EnableNetworkIsolation": FOLLOWED,
    "EnableInterContainerTrafficEncryption": FOLLOWED,
    "EnableManagedSpotTraining": FOLLOWED,
    "CheckpointConfig.S3Uri": FOLLOWED,
    "CheckpointConfig.LocalPath": FOLLOWED,
    "RetryStrategy.MaximumRetryAttempts": FOLLOWED,
    "Environment{}": FOLLOWED,
}
CREATE_HYPER_PARAMETER_TUNING_JOB: Table = {
    "HyperParameterTuningJobName": FOLLOWED,
    **below("HyperParameterTuningJobConfig", _CONFIG),
    **below("TrainingJobDefinition", _DEFINITION),
    **below("TrainingJobDefinitions[]", _DEFINITION),
    "WarmStartConfig.ParentHyperParameterTuningJobs[].HyperParameterTuningJobName": (
        FOLLOWED
    ),
    "WarmStartConfig.WarmStartType": FOLLOWED,
    "Tags[].Key": FOLLOWED,
    "Tags[].Value": FOLLOWED,
    "Autotune.Mode": Unfollowed(
        "AWS does not say which ranges and limits it would choose. Leave Autotune out "
        "(in the SDK: autotune=False), and give ranges"
    ),
}
