"""What the tests of training jobs share: a look at what a job does and leaves."""

import io
import tarfile


def members(s3, uri):
    """Return the files of an archive in S3, by name."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        files = [member for member in tar if member.isfile()]
        return {file.name: tar.extractfile(file).read() for file in files}


def channel(name, uri):
    """Return a channel of what is below an address."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
