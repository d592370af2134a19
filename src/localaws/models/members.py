"""The members of CreateModel, each followed, harmless, or refused in words.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
"""

from localaws.api.members import FOLLOWED, Table, Unfollowed, below

TAGS: Table = {"Tags[].Key": FOLLOWED, "Tags[].Value": FOLLOWED}
PLATFORM = "no image is pulled: its name decides what serves"
NO_VPC = "there are no VPCs here: a server reaches what this machine reaches"
NETWORK: Table = {
    "VpcConfig.SecurityGroupIds": NO_VPC,
    "VpcConfig.Subnets": NO_VPC,
    "EnableNetworkIsolation": Unfollowed(
        "a model server has this machine's network. Leave it out here", unless=(False,)
    ),
}
S3_SOURCE: Table = {
    "S3Uri": FOLLOWED,
    "S3DataType": FOLLOWED,
    "CompressionType": FOLLOWED,
    "ModelAccessConfig.AcceptEula": "no model here asks for a licence",
    "HubAccessConfig": Unfollowed("there are no hubs. Give the S3Uri of a model"),
    "ManifestS3Uri": Unfollowed("put the files under one prefix, and give its S3Uri"),
    "ETag": Unfollowed("the newest object is taken. Leave the ETag out"),
    "ManifestEtag": Unfollowed("the newest object is taken. Leave the ETag out"),
}
_CONTAINER: Table = {
    "ContainerHostname": FOLLOWED,
    "Image": FOLLOWED,
    "ImageConfig.RepositoryAccessMode": PLATFORM,
    "ImageConfig.RepositoryAuthConfig.RepositoryCredentialsProviderArn": PLATFORM,
    "Mode": Unfollowed(
        "one server holds one model. Create a model and an endpoint for each archive",
        unless=("SingleModel",),
    ),
    "ModelDataUrl": FOLLOWED,
    **below("ModelDataSource.S3DataSource", S3_SOURCE),
    "AdditionalModelDataSources": Unfollowed(
        "put all files into one archive or prefix"
    ),
    "Environment{}": FOLLOWED,
    "ModelPackageName": FOLLOWED,
    "InferenceSpecificationName": FOLLOWED,
    "MultiModelConfig": Unfollowed("it belongs to the mode MultiModel"),
    "ContainerMetricsConfig": Unfollowed(
        "metrics are not read from containers. Publish them with PutMetricData"
    ),
}
CREATE_MODEL: Table = {
    "ModelName": FOLLOWED,
    **below("PrimaryContainer", _CONTAINER),
    **below("Containers[]", _CONTAINER),
    "InferenceExecutionConfig.Mode": FOLLOWED,
    "ExecutionRoleArn": FOLLOWED,
    **TAGS,
    **NETWORK,
}
