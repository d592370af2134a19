"""What becomes of each member of CreateTrainingJob: followed, harmless, or refused.

Paths are of botocore's names, the members of lists and maps without a mark. What stands
in no table is refused, as is what a later AWS adds.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

_FOLLOWED = {
    "": "TrainingJobName HyperParameters RoleArn Environment EnableNetworkIsolation "
    "EnableManagedSpotTraining",
    "AlgorithmSpecification.": "TrainingImage TrainingInputMode ContainerEntrypoint "
    "ContainerArguments MetricDefinitions.Name MetricDefinitions.Regex",
    "InputDataConfig.": "ChannelName ContentType CompressionType RecordWrapperType "
    "InputMode ShuffleConfig.Seed",
    "InputDataConfig.DataSource.S3DataSource.": "S3DataType S3Uri "
    "S3DataDistributionType",
    "OutputDataConfig.": "S3OutputPath CompressionType",
    "ResourceConfig.": "InstanceType InstanceCount",
    "StoppingCondition.": "MaxRuntimeInSeconds MaxWaitTimeInSeconds",
    "Tags.": "Key Value",
    "CheckpointConfig.": "S3Uri LocalPath",
    "TensorBoardOutputConfig.": "S3OutputPath LocalPath",
}
FOLLOWED = {head + name for head, names in _FOLLOWED.items() for name in names.split()}

_NO_IMAGE = "no image is pulled, from wherever"
_NO_KEYS = "nothing is encrypted here; who may read an object reads the same bytes"
_NO_VPC = "there are no VPCs here; the job reaches what this machine reaches"

# Members that change nothing of what a job computes, and why.
HARMLESS = {
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": (
        "the series is for AWS's console; metrics are in CloudWatch either way"
    ),
    "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode": (
        _NO_IMAGE
    ),
    "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig."
    "TrainingRepositoryCredentialsProviderArn": _NO_IMAGE,
    "InputDataConfig.DataSource.S3DataSource.ModelAccessConfig.AcceptEula": (
        "no model here asks for a licence to be accepted"
    ),
    "OutputDataConfig.KmsKeyId": _NO_KEYS,
    "ResourceConfig.VolumeKmsKeyId": _NO_KEYS,
    "ResourceConfig.VolumeSizeInGB": "jobs have what this machine's disk has",
    "ResourceConfig.KeepAlivePeriodInSeconds": (
        "an instance that is kept warm starts sooner, and here all start at once"
    ),
    "VpcConfig.SecurityGroupIds": _NO_VPC,
    "VpcConfig.Subnets": _NO_VPC,
    "StoppingCondition.MaxPendingTimeInSeconds": (
        "AWS may lack machines; here a job waits only for those before it"
    ),
    "EnableInterContainerTrafficEncryption": (
        "what hosts say to each other does not leave this machine"
    ),
    "DebugHookConfig.S3OutputPath": (
        "no collection is named, so that no tensor is asked for and none is saved; the "
        "SDK's version 2 sends this with every job"
    ),
    "ProfilerConfig.S3OutputPath": (
        "there is no profiler, which only watches; CPU, memory and disk are in "
        "CloudWatch; the SDK's version 2 sends this with every job"
    ),
    "ProfilerConfig.DisableProfiler": "there is no profiler to be switched off",
    "RetryStrategy.MaximumRetryAttempts": (
        "AWS tries again when its own machines fail, not when a script does"
    ),
    "InfraCheckConfig.EnableInfraCheck": (
        "AWS checks its GPUs before the job; this machine is taken as it is"
    ),
}
# Of these the job's log says nothing: every request has them, or every one of an SDK.
UNSAID = {
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
    "ResourceConfig.VolumeSizeInGB",
    "ProfilerConfig.DisableProfiler",
    "VpcConfig.SecurityGroupIds",  # of the subnets it does
}

_RESERVED = "does not emulate: machines are neither reserved nor chosen. Give only"
_DEBUGGER = (
    "does not emulate: there is no SageMaker Debugger. Leave it out (in the SDK's "
    "version 2: debugger_hook_config=False, no rules)"
)
_PROFILER = (
    "does not emulate: there is no profiler. Leave it out (in the SDK's version 2: "
    "disable_profiler=True, no rules)"
)

# Members, or structures with all that is below them, and what to do instead.
REFUSED = {
    "AlgorithmSpecification.AlgorithmName": "has no algorithms: give a TrainingImage",
    "InputDataConfig.DataSource.S3DataSource.AttributeNames": (
        "does not read: they are of an AugmentedManifestFile, which is not read either"
    ),
    "InputDataConfig.DataSource.S3DataSource.InstanceGroupNames": (
        "does not emulate, nor InstanceGroups: leave them out"
    ),
    "InputDataConfig.DataSource.S3DataSource.HubAccessConfig": (
        "does not emulate: there are no hubs. Copy the data to a bucket"
    ),
    "InputDataConfig.DataSource.FileSystemDataSource": "does not read: use S3",
    "InputDataConfig.DataSource.DatasetSource": "does not read: use S3",
    "ResourceConfig.InstanceGroups": (
        "does not emulate: give InstanceType and InstanceCount"
    ),
    "ResourceConfig.TrainingPlanArn": f"{_RESERVED} InstanceType and InstanceCount",
    "ResourceConfig.InstancePlacementConfig": f"{_RESERVED} InstanceType and Count",
    "ResourceConfig.InstancePreferences": f"{_RESERVED} InstanceType and InstanceCount",
    "ResourceConfig.SelectedInstanceType": f"{_RESERVED} InstanceType",
    "ResourceConfig.SelectedInstanceCount": f"{_RESERVED} InstanceCount",
    "DebugHookConfig": _DEBUGGER,
    "DebugRuleConfigurations": _DEBUGGER,
    "ProfilerConfig": _PROFILER,
    "ProfilerRuleConfigurations": _PROFILER,
    "ExperimentConfig": (
        "does not emulate: there are no experiments, so that nothing would be recorded"
    ),
    "RemoteDebugConfig": (
        "does not emulate: no session reaches into a job. Its processes run on this "
        "machine, where you can look at them"
    ),
    "SessionChainingConfig": "does not emulate: a job's session has no tags",
    "ServerlessJobConfig": (
        "does not emulate: it fine-tunes models of AWS. Give a TrainingImage"
    ),
    "MlflowConfig": (
        "does not emulate: there is no MLflow server of SageMaker. Let your script log "
        "to one of your own"
    ),
    "ModelPackageConfig": "does not emulate: it is for fine-tuning models of AWS",
}

# Hyperparameters of the sagemaker-training toolkit, which runs the script of a plain
# image. Where the launcher is refused, nothing reads the options of the launcher.
# https://github.com/aws/sagemaker-training-toolkit (src/sagemaker_training/params.py)
TOOLKIT = {
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_region",
    "sagemaker_torch_distributed_enabled",
    "sagemaker_instance_type",  # tells smdistributed and torchrun of the GPUs
    "sagemaker_enable_cloudwatch_metrics",  # of images long gone: metrics are anyway
    "sagemaker_estimator_class_name",  # the SDK's own notes, to attach to a tuning job
    "sagemaker_estimator_module",
    "sagemaker_model_server_workers",  # of hosting
    "sagemaker_mpi_num_of_processes_per_host",
    "sagemaker_mpi_custom_mpi_options",
    "sagemaker_distributed_dataparallel_custom_mpi_options",
}
_TORCHRUN = 'use distribution={"torch_distributed": {"enabled": True}}, which is'
LAUNCHERS = {
    "sagemaker_mpi_enabled": f"MPI, which is not here: {_TORCHRUN}",
    "sagemaker_pytorch_ddp_enabled": f"the launcher of smddp, not here: {_TORCHRUN}",
    "sagemaker_distributed_dataparallel_enabled": (
        f"AWS's data parallel library, which only AWS has: {_TORCHRUN}"
    ),
    "mp_parameters": "AWS's model parallel library, which only AWS has",
    "sagemaker_parameter_server_enabled": "parameter servers, which are not here",
    "sagemaker_multi_worker_mirrored_strategy_enabled": (
        "TF_CONFIG, which is not written here: write it in your script from SM_HOSTS"
    ),
    "sagemaker_pytorch_xla_multi_worker_enabled": "PyTorch/XLA, which is not here",
    "sagemaker_distribution_instance_groups": "instance groups, which are not here",
    "sagemaker_compiler_enabled": "the Training Compiler, which only AWS has",
    "sagemaker_s3_output": "an upload of output/intermediate, which is not made",
}

# Repositories of images that are an algorithm, without a script of one's own.
# https://docs.aws.amazon.com/sagemaker/latest/dg/common-info-all-im-models.html
ALGORITHMS = {
    *("blazingtext", "factorization-machines", "forecasting-deepar", "ipinsights"),
    *("image-classification", "kmeans", "knn", "lda", "linear-learner", "ntm"),
    *("object-detection", "object2vec", "pca", "randomcutforest", "seq2seq"),
    "semantic-segmentation",
}
XGBOOST = {"xgboost", "sagemaker-xgboost"}  # an algorithm, until a script is named
# Images that have no program `train`: they serve, process or watch.
NO_TRAINING = r"inference|serving|processing|monitor|tritonserver|data-wrangler|^tei"
