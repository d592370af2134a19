"""What an S3 URI means, and where its objects land."""

import json

import pytest

from localaws.jobs.channels import ChannelError, fetch, split_uri


@pytest.fixture
def put(connection, s3):
    def store(*keys):
        for key in keys:
            s3.put_object(Bucket=connection.bucket, Key=key, Body=key.encode())

    return store


@pytest.fixture
def fetch_source(connection, s3, tmp_path):
    """Return a function that fetches a key as a host does, and lists the files."""

    def get(key, host=0, hosts=1, shuffle=None, **members):
        source = {"S3Uri": f"s3://{connection.bucket}/{key}", **members}
        channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
        if shuffle is not None:
            channel["ShuffleConfig"] = {"Seed": shuffle}
        folder = tmp_path / f"host-{host}-{shuffle}"
        fetch(s3, channel, folder, host=host, hosts=hosts)
        paths = folder.rglob("*")
        return sorted(str(p.relative_to(folder)) for p in paths if p.is_file())

    return get


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


def test_a_manifest_names_its_objects(put, fetch_source, connection, s3):
    put("mf/a.csv", "mf/deep/b.csv", "mf/c.csv")
    manifest = [{"prefix": f"s3://{connection.bucket}/mf/"}, "a.csv", "deep/b.csv"]
    key = "manifests/good"
    s3.put_object(Bucket=connection.bucket, Key=key, Body=json.dumps(manifest))
    assert fetch_source(key, S3DataType="ManifestFile") == ["a.csv", "deep/b.csv"]


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("{", "is not a JSON list"),
        ('["a.csv"]', "is not a JSON list"),
        ("[]", "is not a JSON list"),
        ('[{"prefix": "s3://BUCKET/mf/"}, "../../x"]', "not a path inside"),
        ('[{"prefix": "s3://BUCKET/mf/"}, "absent"]', "NoSuchKey"),
        ('[{"prefix": "s3://BUCKET/mf/"}]', "No S3 objects found"),
    ],
)
def test_a_manifest_that_is_wrong_is_named(
    fetch_source, connection, s3, manifest, words
):
    body = manifest.replace("BUCKET", connection.bucket).encode()
    s3.put_object(Bucket=connection.bucket, Key="manifests/bad", Body=body)
    with pytest.raises(ChannelError, match=words):
        fetch_source("manifests/bad", S3DataType="ManifestFile")


def test_shares_are_disjoint_and_whole(put, fetch_source):
    put(*(f"share/{number}" for number in range(7)))
    shares = [
        fetch_source("share/", host, hosts=3, S3DataDistributionType="ShardedByS3Key")
        for host in range(3)
    ]
    assert [len(share) for share in shares] == [3, 2, 2]
    assert sorted(shares[0] + shares[1] + shares[2]) == [
        str(number) for number in range(7)
    ]


def test_a_seed_shuffles_who_has_which_share(put, fetch_source):
    keys = [f"deal/{number}" for number in range(8)]
    put(*keys)
    given = {"hosts": 2, "S3DataDistributionType": "ShardedByS3Key"}
    shares = {
        seed: [fetch_source("deal/", host, shuffle=seed, **given) for host in (0, 1)]
        for seed in (1, 2)
    }
    for first, second in shares.values():
        assert sorted(first + second) == [str(number) for number in range(8)]
    assert shares[1] != shares[2] and shares[1][0] != ["0", "2", "4", "6"]


def test_a_host_beyond_the_objects_gets_none(put, fetch_source):
    put("few/only")
    given = {"S3DataDistributionType": "ShardedByS3Key"}
    assert fetch_source("few/", 1, hosts=2, **given) == []


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


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/some/key",
        "https://s3-us-west-2.amazonaws.com/bucket/some/key",
        "https://s3.us-west-2.amazonaws.com/bucket/some/key",
        "https://bucket.s3.us-west-2.amazonaws.com/some/key",
    ],
)
def test_a_place_in_s3_may_have_its_https_address(uri):
    assert split_uri(uri) == ("bucket", "some/key")


@pytest.mark.parametrize("uri", ["", "bucket/key", "https://bucket/key", "s3:///key"])
def test_what_is_not_an_s3_uri_is_refused(uri):
    with pytest.raises(ValueError, match="not an S3 URI"):
        split_uri(uri)
