"""The members of requests about packages, each followed, harmless, or refused.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
What a package only says of itself is followed: Describe and Search show it.
"""

from localaws.api.members import FOLLOWED, Table, Unfollowed, below
from localaws.models.members import S3_SOURCE, TAGS

_NEWEST = Unfollowed("the newest object is taken. Leave the ETag out")
_HUB = Unfollowed("there are no hubs. Give the S3Uri of a model")
_CONTAINER: Table = {
    "ContainerHostname": FOLLOWED,
    "Image": FOLLOWED,
    "ImageDigest": "no image is pulled: its name decides what serves",
    "ModelDataUrl": FOLLOWED,
    **below("ModelDataSource.S3DataSource", S3_SOURCE),
    "ProductId": Unfollowed("there is no AWS Marketplace. Give an image of your own"),
    "Environment{}": FOLLOWED,
    "ModelInput.DataInputConfig": FOLLOWED,
    "Framework": FOLLOWED,
    "FrameworkVersion": FOLLOWED,
    "NearestModelName": FOLLOWED,
    "AdditionalModelDataSources": Unfollowed(
        "put all files into one archive or prefix"
    ),
    "AdditionalS3DataSource": Unfollowed("put all files into one archive or prefix"),
    "ModelDataETag": _NEWEST,
    "IsCheckpoint": Unfollowed("it is of models from hubs", unless=(False,)),
    "BaseModel": _HUB,
}
_SPECIFICATION: Table = {
    **below("Containers[]", _CONTAINER),
    "SupportedTransformInstanceTypes": FOLLOWED,
    "SupportedRealtimeInferenceInstanceTypes": FOLLOWED,
    "SupportedContentTypes": FOLLOWED,
    "SupportedResponseMIMETypes": FOLLOWED,
}
_ADDITIONAL: Table = {"Name": FOLLOWED, "Description": FOLLOWED, **_SPECIFICATION}
_FILE: Table = dict.fromkeys(("ContentType", "ContentDigest", "S3Uri"), FOLLOWED)
_REPORTS = {
    "ModelMetrics": (
        *("ModelQuality.Statistics", "ModelQuality.Constraints"),
        *("ModelDataQuality.Statistics", "ModelDataQuality.Constraints"),
        *("Bias.Report", "Bias.PreTrainingReport", "Bias.PostTrainingReport"),
        "Explainability.Report",
    ),
    "DriftCheckBaselines": (
        *("Bias.ConfigFile", "Bias.PreTrainingConstraints"),
        *("Bias.PostTrainingConstraints", "Explainability.Constraints"),
        *("Explainability.ConfigFile", "ModelQuality.Statistics"),
        *("ModelQuality.Constraints", "ModelDataQuality.Statistics"),
        "ModelDataQuality.Constraints",
    ),
}
_REPORT: Table = {
    path: verdict
    for whole, parts in _REPORTS.items()
    for part in parts
    for path, verdict in below(f"{whole}.{part}", _FILE).items()
}
_SHARED: Table = {  # by Create and Update
    "ModelPackageRegistrationType": FOLLOWED,
    **below("InferenceSpecification", _SPECIFICATION),
    "ModelApprovalStatus": FOLLOWED,
    "ClientToken": FOLLOWED,
    "CustomerMetadataProperties{}": FOLLOWED,
    "SourceUri": FOLLOWED,
    "ModelCard.ModelCardContent": FOLLOWED,
    "ModelCard.ModelCardStatus": FOLLOWED,
    "ModelLifeCycle.Stage": FOLLOWED,
    "ModelLifeCycle.StageStatus": FOLLOWED,
    "ModelLifeCycle.StageDescription": FOLLOWED,
}
CREATE_PACKAGE: Table = {
    **_SHARED,
    **_REPORT,
    **TAGS,
    **below("AdditionalInferenceSpecifications[]", _ADDITIONAL),
    "ModelPackageName": FOLLOWED,
    "ModelPackageGroupName": FOLLOWED,
    "ModelPackageDescription": FOLLOWED,
    "ValidationSpecification": Unfollowed(
        "a package is validated by no job here. Leave it out, and create a transform "
        "job of a model made from the package"
    ),
    "SourceAlgorithmSpecification": Unfollowed(
        "there are no algorithm resources. Give an InferenceSpecification"
    ),
    "CertifyForMarketplace": Unfollowed(
        "there is no AWS Marketplace. Leave it out", unless=(False,)
    ),
    "MetadataProperties.CommitId": FOLLOWED,
    "MetadataProperties.Repository": FOLLOWED,
    "MetadataProperties.GeneratedBy": FOLLOWED,
    "MetadataProperties.ProjectId": FOLLOWED,
    "Domain": FOLLOWED,
    "Task": FOLLOWED,
    "SamplePayloadUrl": FOLLOWED,
    "SkipModelValidation": "a package is validated by no job here",
    "SecurityConfig.KmsKeyId": "records are kept as they are, on this machine",
    "ManagedStorageType": Unfollowed("a model stays where it is in S3. Leave it out"),
}
UPDATE_PACKAGE: Table = {
    **_SHARED,
    **below("AdditionalInferenceSpecificationsToAdd[]", _ADDITIONAL),
    "ModelPackageArn": FOLLOWED,
    "ApprovalDescription": FOLLOWED,
    "CustomerMetadataPropertiesToRemove": FOLLOWED,
}
CREATE_GROUP: Table = {
    "ModelPackageGroupName": FOLLOWED,
    "ModelPackageGroupDescription": FOLLOWED,
    **TAGS,
    "ManagedConfiguration": Unfollowed("groups are managed by nobody else here"),
}
