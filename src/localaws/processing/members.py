"""The members of CreateProcessingJob, each followed, harmless, or refused in words.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from localaws.api.members import FOLLOWED, Table, Unfollowed, below

_NO_KEYS = "nothing is encrypted here; who may read an object reads the same bytes"
_NO_VPC = "there are no VPCs here; the job reaches what this machine reaches"
_MANAGED = Unfollowed(
    "files are brought and stored, not left to the container. Give a LocalPath",
    unless=(False,),
)
_CHOSEN = Unfollowed(
    "machines are not chosen. Give only InstanceType and InstanceCount"
)
_INPUT: Table = {
    "InputName": FOLLOWED,
    "AppManaged": _MANAGED,
    "S3Input.S3Uri": FOLLOWED,
    "S3Input.LocalPath": FOLLOWED,
    "S3Input.S3DataType": FOLLOWED,
    "S3Input.S3InputMode": Unfollowed(
        "nothing feeds a script through named pipes. Use File", unless=("File",)
    ),
    "S3Input.S3DataDistributionType": FOLLOWED,
    "S3Input.S3CompressionType": Unfollowed(
        "it belongs to the mode Pipe. Leave it out, and read the compressed files in "
        "your script",
        unless=("None",),
    ),
    "DatasetDefinition": Unfollowed(
        "there is no Athena and no Redshift. Copy the data to a bucket, and give an "
        "S3Input"
    ),
}
_OUTPUT: Table = {
    "OutputName": FOLLOWED,
    "S3Output.S3Uri": FOLLOWED,
    "S3Output.LocalPath": FOLLOWED,
    "S3Output.S3UploadMode": FOLLOWED,
    "FeatureStoreOutput": Unfollowed("there is no Feature Store. Give an S3Output"),
    "AppManaged": _MANAGED,
}
_CLUSTER: Table = {
    "InstanceCount": FOLLOWED,
    "InstanceType": FOLLOWED,
    "VolumeSizeInGB": "jobs have what this machine's disk has",
    "VolumeKmsKeyId": _NO_KEYS,
    "InstancePreferences": _CHOSEN,
    "SelectedInstanceType": _CHOSEN,
    "SelectedInstanceCount": _CHOSEN,
}
_NETWORK: Table = {
    "EnableInterContainerTrafficEncryption": (
        "what hosts say to each other does not leave this machine"
    ),
    "EnableNetworkIsolation": FOLLOWED,
    "VpcConfig.SecurityGroupIds": _NO_VPC,
    "VpcConfig.Subnets": _NO_VPC,
}
CREATE_PROCESSING_JOB: Table = {
    **below("ProcessingInputs[]", _INPUT),
    **below("ProcessingOutputConfig.Outputs[]", _OUTPUT),
    "ProcessingOutputConfig.KmsKeyId": _NO_KEYS,
    "ProcessingJobName": FOLLOWED,
    **below("ProcessingResources.ClusterConfig", _CLUSTER),
    "StoppingCondition.MaxRuntimeInSeconds": FOLLOWED,
    "AppSpecification.ImageUri": FOLLOWED,
    "AppSpecification.ContainerEntrypoint": FOLLOWED,
    "AppSpecification.ContainerArguments": FOLLOWED,
    "Environment{}": FOLLOWED,
    **below("NetworkConfig", _NETWORK),
    "RoleArn": FOLLOWED,
    "Tags[].Key": FOLLOWED,
    "Tags[].Value": FOLLOWED,
    "ExperimentConfig": Unfollowed(
        "there are no experiments, so that nothing would be recorded. Leave it out"
    ),
}
# Of this the job's log says nothing: every request has it.
UNSAID = {"ProcessingResources.ClusterConfig.VolumeSizeInGB"}
