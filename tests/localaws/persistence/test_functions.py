"""Functions are there again after a restart, with their code."""

import pytest
from functions_made import ROLE, packed
from moto.awslambda.models import lambda_backends

from localaws.persistence.functions import SMALL, Functions

ACCOUNT, REGION = "123456789012", "eu-west-1"
CODE = packed({"app.py": "x = 1\n" * 1000})
OTHER = packed({"app.py": "y = 2\n" * 1000})


@pytest.fixture
def functions(context):
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam = context.clients.get("iam", "us-east-1")
    iam.create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument=trust)
    client = context.clients.get("lambda", REGION)
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="app.f",
        Role=ROLE,
        Code={"ZipFile": CODE},
        Environment={"Variables": {"AB": "1"}},
    )
    return client


def forget():
    lambda_backends[ACCOUNT][REGION].reset()


def test_functions_versions_aliases_and_layers_come_back(functions, tmp_path):
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    content = {"ZipFile": OTHER}
    layer = functions.publish_layer_version(LayerName="l", Content=content)
    functions.update_function_configuration(
        FunctionName="f", Layers=[layer["LayerVersionArn"]]
    )
    before = functions.get_function(FunctionName="f")["Configuration"]
    Functions(tmp_path, ACCOUNT, REGION).keep({})
    assert len(CODE) > SMALL < len(OTHER)
    found = sorted(path.read_bytes() for path in (tmp_path / "code").iterdir())
    assert found == sorted([CODE, OTHER])
    forget()
    assert functions.list_functions()["Functions"] == []
    Functions(tmp_path, ACCOUNT, REGION).load()
    assert functions.get_function(FunctionName="f")["Configuration"] == before
    alias = functions.get_alias(FunctionName="f", Name="live")
    assert alias["FunctionVersion"] == "1"
    backend = lambda_backends[ACCOUNT][REGION]
    assert backend.get_function("f", "live").code_bytes == CODE
    assert backend.layers_versions_by_arn(layer["LayerVersionArn"]).code_bytes == OTHER
    assert "s3.amazonaws.com" in functions.get_policy(FunctionName="f")["Policy"]
    arn = before["FunctionArn"]
    assert backend.get_function_by_arn(arn).function_name == "f"


def test_code_of_no_function_is_removed(functions, tmp_path):
    kept = Functions(tmp_path, ACCOUNT, REGION)
    kept.keep({})
    functions.update_function_code(FunctionName="f", ZipFile=OTHER)
    kept.keep({})
    assert [path.read_bytes() for path in (tmp_path / "code").iterdir()] == [OTHER]
    functions.delete_function(FunctionName="f")
    kept.keep({})
    assert list((tmp_path / "code").iterdir()) == []


def test_records_whose_code_is_not_whole_are_set_aside(functions, tmp_path):
    Functions(tmp_path, ACCOUNT, REGION).keep({})
    [path] = (tmp_path / "code").iterdir()
    path.write_bytes(CODE[:-1])
    forget()
    Functions(tmp_path, ACCOUNT, REGION).load()
    assert functions.list_functions()["Functions"] == []
    assert [p.name for p in tmp_path.glob("*.json*")] == ["lambda.json~unreadable"]


def test_mappings_come_back(functions, context, tmp_path):
    context.clients.get("sqs", REGION).create_queue(QueueName="q")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    Functions(tmp_path, ACCOUNT, REGION).keep({})
    forget()
    Functions(tmp_path, ACCOUNT, REGION).load()
    found = functions.list_event_source_mappings()["EventSourceMappings"]
    assert [row["EventSourceArn"] for row in found] == [arn]
