"""What instances cost per hour on AWS: for the console and for lessons."""

# On-demand US dollars per instance hour: "ml." for training and for real-time hosting
# by SageMaker, the others for Linux on EC2 (https://aws.amazon.com/ec2/pricing/).
# AWS may change them at any time: its pricing pages have the last word.
REGION = "us-east-1"
SOURCE = "https://aws.amazon.com/sagemaker/ai/pricing/"
SEEN = "November 2026"
PER_HOUR = {
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
    "ml.m5.4xlarge": 0.922,
    "ml.c5.large": 0.102,
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
    "ml.g4dn.xlarge": 0.7364,
    "ml.g5.xlarge": 1.408,
    "t3.micro": 0.0104,
    "m5.large": 0.096,
    "g5.xlarge": 1.006,
}
# Of SageMaker's endpoints: a GB of memory for a second in which a serverless one
# answers, counted in milliseconds, and a GB that goes into any of them, or comes out.
PER_GB_SECOND = 0.00002
PER_GB = 0.016


def dollars(instance_type: str, seconds: float, count: int = 1) -> float:
    """Return what ``count`` instances cost for ``seconds``.

    Raises ``ValueError`` for an instance type that the list does not hold.
    """
    if instance_type not in PER_HOUR:
        raise ValueError(
            f'no price for "{instance_type}" in the list of {SEEN} for {REGION}. '
            f"It holds: {', '.join(PER_HOUR)}. Look the price up at {SOURCE}."
        )
    return PER_HOUR[instance_type] * count * seconds / 3600
