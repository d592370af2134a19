"""What moto forgets of a function is kept."""

import boto3
from functions_made import create, lambdas, packed, said

CODE = "def handler(event, context):\n    return 1\n"


def told(name):
    return lambdas().get_function_configuration(FunctionName=name)


def test_letters_room_and_tracing_are_kept_and_changed(connection):
    queue = "arn:aws:sqs:us-east-1:123456789012:letters"
    name = create(CODE, DeadLetterConfig={"TargetArn": queue})
    assert told(name)["DeadLetterConfig"] == {"TargetArn": queue}
    lambdas().update_function_configuration(
        FunctionName=name,
        DeadLetterConfig={"TargetArn": f"{queue}2"},
        EphemeralStorage={"Size": 1024},
        TracingConfig={"Mode": "Active"},
    )
    found = told(name)
    assert found["DeadLetterConfig"] == {"TargetArn": f"{queue}2"}
    assert found["EphemeralStorage"] == {"Size": 1024}
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert "DeadLetterConfig" not in told(create(CODE))


def test_code_comes_from_s3_as_well(connection, s3):
    archive = packed({"app.py": CODE.replace("1", "'from S3'")})
    s3.put_object(Bucket=connection.bucket, Key="code.zip", Body=archive)
    name = create(CODE)
    size = told(name)["CodeSize"]
    lambdas().update_function_code(
        FunctionName=name, S3Bucket=connection.bucket, S3Key="code.zip"
    )
    assert told(name)["CodeSize"] == len(archive) != size
    answer = lambdas().invoke(FunctionName=name)
    assert answer["Payload"].read() == b'"from S3"'


def test_a_secret_is_rotated_by_a_function_in_four_steps(connection):
    code = "def handler(event, context):\n    print('step', event['Step'])\n"
    name, secrets = create(code), boto3.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="x")
    arn = told(name)["FunctionArn"]
    rules = {"AutomaticallyAfterDays": 30}
    secrets.rotate_secret(SecretId="s", RotationLambdaARN=arn, RotationRules=rules)

    steps = [line for line in said(name, "finishSecret") if line.startswith("step")]
    wanted = ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert steps == [f"step {step}" for step in wanted]
