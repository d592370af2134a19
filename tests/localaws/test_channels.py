"""What an S3 URI means, and where its objects land."""

import pytest

from localaws.channels import ChannelError, fetch, split_uri


@pytest.fixture
def put(connection, s3):
    def store(*keys):
        for key in keys:
            s3.put_object(Bucket=connection.bucket, Key=key, Body=key.encode())

    return store


@pytest.fixture
def fetched(connection, s3, tmp_path):
    def get(prefix, name="train"):
        source = {"S3Uri": f"s3://{connection.bucket}/{prefix}"}
        channel = {"ChannelName": name, "DataSource": {"S3DataSource": source}}
        fetch(s3, channel, tmp_path / "in")
        paths = (tmp_path / "in").rglob("*")
        return sorted(str(p.relative_to(tmp_path / "in")) for p in paths if p.is_file())

    return get


@pytest.mark.parametrize(
    ("prefix", "files"),
    [
        ("ch/set/", ["a.csv", "deep/b.csv"]),
        ("ch/set", ["a.csv", "deep/b.csv", "set-2.csv"]),
        ("ch/set/a.csv", ["a.csv"]),
        ("ch/se", ["set-2.csv", "set/a.csv", "set/deep/b.csv"]),
    ],
)
def test_a_prefix_is_text_and_not_a_folder(put, fetched, prefix, files):
    put("ch/set/", "ch/set/a.csv", "ch/set/deep/b.csv", "ch/set-2.csv")
    assert fetched(prefix) == files


def test_stale_bytecode_of_the_drivers_is_left_out(put, fetched):
    put("drv/a.py", "drv/__pycache__/a.cpython-311.pyc")
    assert fetched("drv/", "sm_drivers") == ["a.py"]


def test_a_key_that_would_leave_the_channel_is_refused(put, fetched, tmp_path):
    put("esc/../../evil")
    with pytest.raises(ChannelError, match="not a path inside the channel"):
        fetched("esc/")
    assert not (tmp_path / "evil").exists()


def test_a_missing_bucket_is_named(s3, tmp_path):
    source = {"S3Uri": "s3://no-such-bucket-here/x"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    with pytest.raises(ChannelError, match=r"no-such-bucket-here.*NoSuchBucket"):
        fetch(s3, channel, tmp_path)


@pytest.mark.parametrize("uri", ["", "bucket/key", "https://bucket/key", "s3:///key"])
def test_what_is_not_an_s3_uri_is_refused(uri):
    with pytest.raises(ValueError, match="not an S3 URI"):
        split_uri(uri)
