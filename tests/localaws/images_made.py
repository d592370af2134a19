"""Container images for tests: layers, pushed one by one to ECR."""

import gzip
import hashlib
import io
import json
import tarfile
import time

import boto3

# A client of its own: it asks for events and answers them, as the Runtime API says.
CLIENT = """
import json, os, urllib.request
place = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{place}/next") as event:
        number, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
    print("client", os.environ["GREETING"], flush=True)
    told = json.dumps({"client": json.loads(body)}).encode()
    urllib.request.urlopen(f"{place}/{number}/response", told)
"""


def layer(files, links=()):
    """Return a layer of files, names and texts, and of links."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return gzip.compress(data.getvalue(), mtime=0)


def pushed(*layers, tag="1", ecr=None, **config):
    """Push an image of layers; return its address."""
    ecr, name = ecr or boto3.client("ecr"), f"r-{time.time_ns()}"
    uri = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    settings = json.dumps({"config": config, "os": "linux", "architecture": "amd64"})
    parts = [upload(ecr, name, data) for data in (settings.encode(), *layers)]
    ecr.put_image(repositoryName=name, imageManifest=manifest(*parts), imageTag=tag)
    return f"{uri}:{tag}"


def upload(ecr, name, data):
    number = ecr.initiate_layer_upload(repositoryName=name)["uploadId"]
    place = {"repositoryName": name, "uploadId": number}
    end = len(data) - 1
    ecr.upload_layer_part(
        **place, partFirstByte=0, partLastByte=end, layerPartBlob=data
    )
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    ecr.complete_layer_upload(**place, layerDigests=[digest])
    return {"digest": digest, "size": len(data)}


def manifest(config, *layers):
    kind = "application/vnd.oci.image"
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": f"{kind}.manifest.v1+json",
            "config": {"mediaType": f"{kind}.config.v1+json", **config},
            "layers": [
                {"mediaType": f"{kind}.layer.v1.tar+gzip", **one} for one in layers
            ],
        }
    )
