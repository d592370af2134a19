"""Lists from the order of the keys are those that moto makes by looking at all."""

import itertools
import random

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from localaws.persistence import listing
from localaws.persistence.keys import Keys, keys_of

ACCOUNT = "123456789012"
WORDS = ("a", "a/", "b", "ab", "ü", "z&", "~", "\U0001f600")


@pytest.fixture
def s3(context):
    client = context.clients.get("s3", "us-east-1")
    client.create_bucket(Bucket="shelf")
    draw = random.Random(0)
    for _ in range(100):
        key = "/".join(draw.choices(WORDS, k=draw.randint(1, 4)))
        client.put_object(Bucket="shelf", Key=key, Body=b"x" * draw.randint(0, 9))
    return client


def by_moto(prefix, delimiter, after, most):
    """Return keys and prefixes of a page as moto finds them, and whether more come."""
    backend = s3_backends[ACCOUNT]["aws"]
    found, more, _ = backend.list_objects_v2(
        backend.buckets["shelf"], prefix, delimiter, None, after, most
    )
    return [row if isinstance(row, str) else row.name for row in found], more


def names(answer):
    """Return the keys and common prefixes of an answer, in one order."""
    keys = [row["Key"] for row in answer.get("Contents", [])]
    return sorted(keys + [row["Prefix"] for row in answer.get("CommonPrefixes", [])])


@pytest.mark.parametrize("delimiter", ["", "/", "a"])
def test_a_page_is_that_of_moto(s3, delimiter):
    prefixes, places = ["", "a", "a/", "ü/", "no"], ["", "a/b", "a/", "z", "\U0001f600"]
    for prefix, after, most in itertools.product(prefixes, places, [1, 7, 1000]):
        given = {"Prefix": prefix, "Delimiter": delimiter, "MaxKeys": most}
        answer = s3.list_objects_v2(Bucket="shelf", StartAfter=after, **given)
        found, more = by_moto(prefix, delimiter, after, most)
        assert (names(answer), answer["IsTruncated"]) == (found, more)
        assert answer["KeyCount"] == len(found)
        older = s3.list_objects(Bucket="shelf", Marker=after, **given)
        assert (names(older), older["IsTruncated"]) == (found, more)


def test_the_pages_join_to_the_whole(s3):
    operations = ["list_objects", "list_objects_v2"]
    for operation, delimiter in itertools.product(operations, ["", "/"]):
        pages = s3.get_paginator(operation).paginate(
            Bucket="shelf", Delimiter=delimiter, PaginationConfig={"PageSize": 4}
        )
        found = [name for page in pages for name in names(page)]
        assert found == by_moto("", delimiter, "", 10_000)[0] and len(found) > 8


def test_an_object_is_listed_as_it_is(s3):
    s3.put_object(Bucket="shelf", Key="new", Body=b"12", StorageClass="GLACIER")
    head = s3.head_object(Bucket="shelf", Key="new")
    [row] = s3.list_objects_v2(Bucket="shelf", Prefix="new")["Contents"]
    assert (row["Size"], row["StorageClass"]) == (2, "GLACIER")
    assert (row["ETag"], row["LastModified"]) == (head["ETag"], head["LastModified"])
    [row] = s3.list_objects_v2(Bucket="shelf", Prefix="new", FetchOwner=True)[
        "Contents"
    ]
    assert row["Owner"]["DisplayName"] == "webfile"


def test_what_is_deleted_is_not_listed(s3):
    on = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration=on)
    s3.put_object(Bucket="shelf", Key="gone/one", Body=b"")
    s3.delete_object(Bucket="shelf", Key="gone/one")
    for given in ({}, {"Delimiter": "/"}, {"Prefix": "gone/"}):
        found = names(s3.list_objects_v2(Bucket="shelf", **given))
        assert not any(name.startswith("gone") for name in found)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ContinuationToken": "?"}, "InvalidArgument"),
        ({"EncodingType": "hex"}, "InvalidArgument"),
        ({"MaxKeys": -1}, "InvalidArgument"),
        ({"Bucket": "nowhere"}, "NoSuchBucket"),
    ],
)
def test_what_asks_for_no_page_is_refused(s3, given, code):
    with pytest.raises(ClientError) as caught:
        s3.list_objects_v2(**{"Bucket": "shelf", **given})
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)


def test_a_page_looks_at_no_key_that_is_not_on_it(s3, monkeypatch):
    looks = []
    line = Keys.line
    monkeypatch.setattr(Keys, "line", lambda *a: looks.append(a) or line(*a))
    keys = keys_of(s3_backends[ACCOUNT]["aws"].buckets["shelf"])
    page = listing.Page("", "", "b", 5, url=False)
    assert len(page.read(keys)[0]) == 5 and len(looks) <= 6


def test_a_key_with_signs_of_xml_is_read_without_an_encoding(s3):
    session = boto3.Session("x", "x", region_name="us-east-1")
    plain = session.client("s3")
    plain.meta.events.unregister(
        "before-parameter-build.s3.ListObjectsV2",
        unique_id="set_list_objects_encoding_type",
    )
    plain.put_object(Bucket="shelf", Key="<&>", Body=b"")
    assert names(plain.list_objects_v2(Bucket="shelf", Prefix="<")) == ["<&>"]
