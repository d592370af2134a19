"""Plain boto3 code, as a project without a framework may have it: S3, IAM and a job."""

import importlib.util
import json
import time

import boto3

TRAIN = """
import os, pathlib
print("reads", pathlib.Path("/opt/ml/input/data/code/words.txt").read_text())
pathlib.Path("/opt/ml/model/count").write_text("2")
"""
S3_ALONE = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
ASSUME = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
ENDS = ("Completed", "Failed", "Stopped")


def policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_bucket():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="plain")
    s3.put_object(Bucket="plain", Key="code/train.py", Body=TRAIN.encode())
    s3.put_object(Bucket="plain", Key="code/words.txt", Body=b"two words")
    return s3.get_object(Bucket="plain", Key="code/words.txt")["Body"].read().decode()


def make_role():
    iam = boto3.client("iam")
    made = iam.create_role(RoleName="plain", AssumeRolePolicyDocument=policy(ASSUME))
    document = policy(S3_ALONE)
    own = iam.create_policy(PolicyName="s3", PolicyDocument=document)["Policy"]
    iam.attach_role_policy(RoleName="plain", PolicyArn=own["Arn"])
    return made["Role"]["Arn"]


def decisions(role):
    simulated = boto3.client("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["s3:GetObject", "iam:CreateUser"]
    )
    results = simulated["EvaluationResults"]
    return {result["EvalActionName"]: result["EvalDecision"] for result in results}


def run_job(role):
    sagemaker = boto3.client("sagemaker")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://plain/code/"}
    machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    sagemaker.create_training_job(
        TrainingJobName="plain",
        RoleArn=role,
        AlgorithmSpecification={
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "/opt/ml/input/data/code/train.py"],
        },
        InputDataConfig=[
            {"ChannelName": "code", "DataSource": {"S3DataSource": source}}
        ],
        OutputDataConfig={"S3OutputPath": "s3://plain/output"},
        ResourceConfig=machine,
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    while True:
        job = sagemaker.describe_training_job(TrainingJobName="plain")
        if job["TrainingJobStatus"] in ENDS:
            return job
        time.sleep(0.1)


def log():
    logs, group = boto3.client("logs"), "/aws/sagemaker/TrainingJobs"
    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    name = stream["logStreamName"]
    events = logs.get_log_events(logGroupName=group, logStreamName=name)["events"]
    return [event["message"] for event in events]


def main():
    frameworks = ("numpy", "sagemaker", "tensorflow", "torch")
    found = [name for name in frameworks if importlib.util.find_spec(name)]
    report = {"frameworks": found, "object": make_bucket()}
    role = make_role()
    job = run_job(role)
    report |= {"decisions": decisions(role), "job": job["TrainingJobStatus"]}
    model = job.get("ModelArtifacts", job.get("FailureReason"))
    print(json.dumps(report | {"model": model, "log": log()}))


if __name__ == "__main__":
    main()
