"""Endpoints come into service, change without a gap, and come back."""

import boto3
import psutil
from deployed import SAY, deploy, invoke, make_model, servers, upload
from restarts import started_server


def test_an_endpoint_comes_back_after_the_server_was_killed(tmp_path, elsewhere):
    with started_server(tmp_path, elsewhere) as (server, connection):
        sagemaker = boto3.client("sagemaker")
        files = {"code/inference.py": SAY.replace("{word!r}", "'back'")}
        url = upload(connection, "back/model.tar.gz", files)
        make_model(connection, sagemaker, "back", url)
        deploy(sagemaker, "back", ["back"])
        [model_server] = servers(connection, "back")
        server.kill()
        psutil.wait_procs([model_server], timeout=10)
        assert not model_server.is_running()
    with started_server(tmp_path, elsewhere):
        described = boto3.client("sagemaker").describe_endpoint(EndpointName="back")
        answer = invoke(boto3.client("sagemaker-runtime"), "back")
    assert (described["EndpointStatus"], answer) == ("InService", b"back")
