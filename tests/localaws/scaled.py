"""What the tests of scaling share: its operations, and an endpoint that is a record."""

import pytest

from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.registry import OPERATIONS, Call
from localaws.endpoints.record import ENDPOINT, apply, count
from localaws.records.store import Store
from localaws.scaling import operations
from localaws.scaling.run import Scaling

REGION = "us-east-1"
PLACE = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
WIDE = {"ServiceNamespace": "sagemaker"}
INVOCATIONS = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
TRACKING = {"TargetValue": 10.0, "PredefinedMetricSpecification": INVOCATIONS}


class Scaled:
    """Asks the operations of scaling, and stands for SageMaker's client."""

    def __init__(self, context):
        self.context, self.asked, self.refusal = context, [], None
        self.clients = context.clients
        context.clients = self
        operations.setup(context)
        self.scaling = context.part(Scaling)
        self.table = context.part(Store).table(ENDPOINT, REGION)
        row = {"VariantName": "v", "CurrentInstanceCount": 1, "DesiredInstanceCount": 1}
        record = {"EndpointStatus": "InService", "ProductionVariants": [row]}
        variant = {"VariantName": "v", "InitialInstanceCount": 1}
        config = {"ProductionVariants": [{**variant, "InstanceType": "ml.m5.large"}]}
        self.table.create("e", {**record, "_config": config})

    def get(self, service, region, owner=""):
        return self if service == "sagemaker" else self.clients.get(service, region)

    def update_endpoint_weights_and_capacities(self, **members):
        [wish] = members["DesiredWeightsAndCapacities"]
        self.asked.append(wish["DesiredInstanceCount"])
        if self.refusal:
            raise self.refusal
        with self.table.edit(members["EndpointName"]) as record:
            apply(record, wish, "arn")
            count(record, {"v": wish["DesiredInstanceCount"]})

    def describe_endpoint(self, EndpointName):
        return self.table.describe(EndpointName)

    def __call__(self, operation, place=PLACE, **members):
        model = validation.service_model("application-autoscaling")
        named = model.operation_model(operation).input_shape.members
        given = {k: v for k, v in {**place, **members}.items() if k in named}
        validation.check(model.operation_model(operation), given)
        call = Call(operation, given, REGION, self.context, None)
        return OPERATIONS["application-autoscaling", operation](call)

    def refuses(self, words, operation, code="ValidationException", **members):
        with pytest.raises(ServiceError, match=words) as caught:
            self(operation, **members)
        assert caught.value.code == code

    def target(self, low=1, high=5, **members):
        self("RegisterScalableTarget", MinCapacity=low, MaxCapacity=high, **members)

    def tracking(self, name="p", **config):
        """Put a policy that tracks a target, and return its ARN."""
        own = "CustomizedMetricSpecification" in config
        config = config if own else TRACKING | config
        made = self(
            "PutScalingPolicy",
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=config,
        )
        return made["PolicyARN"]

    def stepping(self, adjustment, name="s", **config):
        """Put a policy of one step above the threshold, and return its ARN."""
        step = {"MetricIntervalLowerBound": 0, "ScalingAdjustment": adjustment}
        config |= {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [step]}
        made = self(
            "PutScalingPolicy", PolicyName=name, StepScalingPolicyConfiguration=config
        )
        return made["PolicyARN"]

    def act(self, arn, *values, threshold=10.0):
        self.scaling.act(REGION, arn, threshold, values, "alarm")

    @property
    def size(self):
        return self.table.get("e")["ProductionVariants"][0]["CurrentInstanceCount"]

    @property
    def activities(self):
        return self("DescribeScalingActivities")["ScalingActivities"]

    @property
    def alarms(self):
        client = self.clients.get("cloudwatch", REGION)
        return client.describe_alarms()["MetricAlarms"]
