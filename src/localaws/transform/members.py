"""The members of CreateTransformJob, each followed, harmless, or refused in words.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from localaws.api.members import FOLLOWED, Table, Unfollowed, below

_INPUT: Table = {
    "DataSource.S3DataSource.S3DataType": Unfollowed(
        "objects are found by their prefix or in a list. Use S3Prefix or ManifestFile",
        unless=("S3Prefix", "ManifestFile"),
    ),
    "DataSource.S3DataSource.S3Uri": FOLLOWED,
    "ContentType": FOLLOWED,
    "CompressionType": FOLLOWED,
    "SplitType": Unfollowed(
        "no model that is served here reads RecordIO. Use Line, TFRecord or None",
        unless=("None", "Line", "TFRecord"),
    ),
}
_OUTPUT: Table = {
    "S3OutputPath": FOLLOWED,
    "Accept": FOLLOWED,
    "AssembleWith": FOLLOWED,
    "KmsKeyId": FOLLOWED,
}
_RESOURCES: Table = {
    "InstanceType": FOLLOWED,
    "InstanceCount": FOLLOWED,
    "VolumeKmsKeyId": "a job's folders are on this machine's disk, as it is",
    "TransformAmiVersion": "there are no machine images: what this machine has is used",
}
CREATE_TRANSFORM_JOB: Table = {
    "TransformJobName": FOLLOWED,
    "ModelName": FOLLOWED,
    "MaxConcurrentTransforms": FOLLOWED,
    "ModelClientConfig.InvocationsTimeoutInSeconds": FOLLOWED,
    "ModelClientConfig.InvocationsMaxRetries": FOLLOWED,
    "MaxPayloadInMB": FOLLOWED,
    "BatchStrategy": FOLLOWED,
    "Environment{}": FOLLOWED,
    **below("TransformInput", _INPUT),
    **below("TransformOutput", _OUTPUT),
    "DataCaptureConfig": Unfollowed(
        "what a job sends to a model is not captured. Use JoinSource, which stores the "
        "records with the answers"
    ),
    **below("TransformResources", _RESOURCES),
    "DataProcessing.InputFilter": FOLLOWED,
    "DataProcessing.OutputFilter": FOLLOWED,
    "DataProcessing.JoinSource": FOLLOWED,
    "Tags[].Key": FOLLOWED,
    "Tags[].Value": FOLLOWED,
    "ExperimentConfig": Unfollowed(
        "there are no experiments, so that nothing would be recorded. Leave it out"
    ),
}
