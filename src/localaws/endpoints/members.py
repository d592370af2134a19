"""The members of requests about endpoints: followed, harmless, or refused in words.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html
"""

from localaws.api.members import FOLLOWED, Table, Unfollowed, below
from localaws.models.members import NETWORK, TAGS

DISK = "nothing is encrypted on this machine, and what is read is what was written"
COMPONENTS = Unfollowed(
    "there are no inference components. Name a model in each variant"
)
ANY_SERVER = "servers keep nothing of earlier requests: the least busy one is asked"
_SCALING: Table = {
    "Status": Unfollowed(
        "register the variant with Application Auto Scaling", unless=("DISABLED",)
    ),
    "MinInstanceCount": "it means something only where scaling is enabled",
    "MaxInstanceCount": "it means something only where scaling is enabled",
    "ScaleInPolicy": Unfollowed("it is managed by a scaling policy. Leave it out"),
}
_VARIANT: Table = {
    "VariantName": FOLLOWED,
    "ModelName": FOLLOWED,
    "InitialInstanceCount": FOLLOWED,
    "InstanceType": FOLLOWED,
    "InitialVariantWeight": FOLLOWED,
    "InstancePools": Unfollowed("a variant has one InstanceType. Give that"),
    "VariantInstanceProvisionTimeoutInSeconds": "this machine is there at once",
    "AcceleratorType": Unfollowed("there are no accelerators, here or on AWS any more"),
    "CoreDumpConfig": Unfollowed("core dumps are not uploaded. Leave it out"),
    "ServerlessConfig.MemorySizeInMB": "checked; no memory is limited on this machine",
    "ServerlessConfig.MaxConcurrency": FOLLOWED,
    "ServerlessConfig.ProvisionedConcurrency": FOLLOWED,
    "VolumeSizeInGB": "models are on the disk of this machine",
    "ModelDataDownloadTimeoutInSeconds": "models are copied on this machine",
    "ContainerStartupHealthCheckTimeoutInSeconds": FOLLOWED,
    "EnableSSMAccess": Unfollowed(
        "there is no Systems Manager. The server is a process of this machine",
        unless=(False,),
    ),
    **below("ManagedInstanceScaling", _SCALING),
    "RoutingConfig.RoutingStrategy": FOLLOWED,
    "RoutingConfig.PrefixAwareRoutingConfig.PrefixLength": ANY_SERVER,
    "RoutingConfig.PrefixAwareRoutingConfig.ConcurrencyThreshold": ANY_SERVER,
    "InferenceAmiVersion": "there are no machine images: this machine serves",
    "CapacityReservationConfig": Unfollowed("capacity is not reserved. Leave it out"),
    "AcceleratorPartitionLayouts": Unfollowed("accelerators are whole. Leave it out"),
}
_CAPTURE: Table = {
    "EnableCapture": FOLLOWED,
    "InitialSamplingPercentage": FOLLOWED,
    "DestinationS3Uri": FOLLOWED,
    "KmsKeyId": FOLLOWED,
    "CaptureOptions[].CaptureMode": FOLLOWED,
    "CaptureContentTypeHeader.CsvContentTypes": FOLLOWED,
    "CaptureContentTypeHeader.JsonContentTypes": FOLLOWED,
}
_ASYNCHRONOUS: Table = {
    "ClientConfig.MaxConcurrentInvocationsPerInstance": FOLLOWED,
    "OutputConfig.KmsKeyId": FOLLOWED,
    "OutputConfig.S3OutputPath": FOLLOWED,
    "OutputConfig.S3FailurePath": FOLLOWED,
    "OutputConfig.NotificationConfig.SuccessTopic": FOLLOWED,
    "OutputConfig.NotificationConfig.ErrorTopic": FOLLOWED,
    "OutputConfig.NotificationConfig.IncludeInferenceResponseIn": Unfollowed(
        "notifications name the object that has the answer. Read that"
    ),
}
CREATE_ENDPOINT_CONFIG: Table = {
    "EndpointConfigName": FOLLOWED,
    **below("ProductionVariants[]", _VARIANT),
    **below("DataCaptureConfig", _CAPTURE),
    **below("AsyncInferenceConfig", _ASYNCHRONOUS),
    **TAGS,
    "KmsKeyId": DISK,
    "ExplainerConfig": Unfollowed("nothing is explained here. Leave it out"),
    "ShadowProductionVariants": Unfollowed("shadows get no requests. Leave them out"),
    "ExecutionRoleArn": COMPONENTS,
    **NETWORK,
    "MetricsConfig.EnableEnhancedMetrics": Unfollowed(
        "metrics are those of a variant. Leave it out", unless=(False,)
    ),
    "MetricsConfig.EnableDetailedObservability": Unfollowed(
        "metrics are those of a variant. Leave it out", unless=(False,)
    ),
    "MetricsConfig.MetricPublishFrequencyInSeconds": "they come within a second",
    "CrossRegionTrafficConfig": Unfollowed("no other region answers. Leave it out"),
}
_ROUTING: Table = {
    "Type": FOLLOWED,
    "WaitIntervalInSeconds": FOLLOWED,
    "CanarySize.Type": FOLLOWED,
    "CanarySize.Value": FOLLOWED,
    "LinearStepSize.Type": FOLLOWED,
    "LinearStepSize.Value": FOLLOWED,
}
_BLUE_GREEN: Table = {
    **below("TrafficRoutingConfiguration", _ROUTING),
    "TerminationWaitInSeconds": FOLLOWED,
    "MaximumExecutionTimeoutInSeconds": FOLLOWED,
}
_DEPLOYMENT: Table = {
    **below("BlueGreenUpdatePolicy", _BLUE_GREEN),
    "RollingUpdatePolicy": Unfollowed(
        "an update has a whole new fleet. Give a BlueGreenUpdatePolicy, of type LINEAR "
        "for small steps"
    ),
    "AutoRollbackConfiguration.Alarms[].AlarmName": FOLLOWED,
}
CREATE_ENDPOINT: Table = {
    "EndpointName": FOLLOWED,
    "EndpointConfigName": FOLLOWED,
    **below("DeploymentConfig", _DEPLOYMENT),
    **TAGS,
}
UPDATE_ENDPOINT: Table = {
    "EndpointName": FOLLOWED,
    "EndpointConfigName": FOLLOWED,
    "RetainAllVariantProperties": FOLLOWED,
    "ExcludeRetainedVariantProperties[].VariantPropertyType": FOLLOWED,
    **below("DeploymentConfig", _DEPLOYMENT),
    "RetainDeploymentConfig": FOLLOWED,
}
UPDATE_WEIGHTS: Table = {
    "EndpointName": FOLLOWED,
    "DesiredWeightsAndCapacities[].VariantName": FOLLOWED,
    "DesiredWeightsAndCapacities[].DesiredWeight": FOLLOWED,
    "DesiredWeightsAndCapacities[].DesiredInstanceCount": FOLLOWED,
    "DesiredWeightsAndCapacities[].ServerlessUpdateConfig": Unfollowed(
        "update the endpoint to another configuration"
    ),
}
INVOKE: Table = {
    "EndpointName": FOLLOWED,
    "Body": FOLLOWED,
    "ContentType": FOLLOWED,
    "Accept": FOLLOWED,
    "CustomAttributes": FOLLOWED,
    "InferenceId": FOLLOWED,
    "TargetVariant": FOLLOWED,
    "TargetContainerHostname": FOLLOWED,
    "PrefixAwareId": ANY_SERVER,
    "TargetModel": Unfollowed(
        "is not a multi-model endpoint and does not support TargetModel"
    ),
    "InferenceComponentName": Unfollowed("has no inference components"),
    "SessionId": Unfollowed("does not support sessions"),
    "EnableExplanations": Unfollowed("has no ExplainerConfig"),
    "InputLocation": FOLLOWED,
    "S3OutputPathExtension": FOLLOWED,
    "Filename": FOLLOWED,
    "RequestTTLSeconds": FOLLOWED,
    "InvocationTimeoutSeconds": FOLLOWED,
}
