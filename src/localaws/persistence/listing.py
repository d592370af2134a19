"""ListObjects and ListObjectsV2 from the order of a bucket's keys.

A page costs what is on it, however many objects the bucket has.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from moto.core.common_types import TYPE_RESPONSE
from moto.s3.exceptions import InvalidArgumentError
from moto.s3.models import OWNER, FakeTableStorageBucket
from moto.s3.responses import S3Response

from localaws.persistence.keys import Keys, Line, keys_of

MOST = 1000  # keys and common prefixes of a page
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_OWNER = f"<Owner><ID>{OWNER}</ID><DisplayName>webfile</DisplayName></Owner>"
Entry = tuple[str, Line | None]  # a key with its line, or a common prefix


def entries(keys: Keys, prefix: str, delimiter: str, after: str) -> Iterator[Entry]:
    """Yield keys and common prefixes that follow `after`, in their order."""
    names = keys.names()
    place = max(bisect_left(names, prefix), bisect_right(names, after))
    while place < len(names) and names[place].startswith(prefix):
        name = names[place]
        rest, found, _ = name[len(prefix) :].partition(delimiter or "\0")
        if delimiter and found:
            common = f"{prefix}{rest}{delimiter}"
            start, place = place, _behind(names, common, place)
            below = map(keys.line, map(names.__getitem__, range(start, place)))
            if common > after and any(below):  # else all of it is deleted
                yield common, None
            continue
        place += 1
        if line := keys.line(name):
            yield name, line


def _behind(names: list[str], prefix: str, start: int) -> int:
    """Return the place behind the last name that begins with a prefix."""
    last = chr(min(ord(prefix[-1]) + 1, 0x10FFFF))
    place = bisect_left(names, prefix[:-1] + last, lo=start)
    while place < len(names) and names[place].startswith(prefix):
        place += 1
    return place


@dataclass(frozen=True)
class Page:
    """What a request asks for."""

    prefix: str
    delimiter: str
    after: str
    most: int
    url: bool  # whether keys are written as in an address

    @classmethod
    def of(cls, query: dict[str, list[str]], after: str) -> Page:
        """Return the page of a query; InvalidArgument for what is none."""
        first = {name: values[0] for name, values in query.items() if values}
        most, encoding = first.get("max-keys", str(MOST)), first.get("encoding-type")
        if not (most.isascii() and most.isdigit()) or int(most) > 2**31 - 1:
            text = "Provided max-keys not an integer or within integer range"
            raise InvalidArgumentError(text, "max-keys", most)
        if encoding not in (None, "url"):
            text = "Invalid Encoding Method specified in Request"
            raise InvalidArgumentError(text, "encoding-type", encoding)
        place = first.get("prefix", ""), first.get("delimiter", ""), after
        return cls(*place, min(int(most), MOST), encoding == "url")

    def read(self, keys: Keys) -> tuple[list[Entry], bool]:
        """Return the entries of this page, and whether there are more."""
        found: list[Entry] = []
        if not self.most:
            return found, False
        for entry in entries(keys, self.prefix, self.delimiter, self.after):
            if len(found) == self.most:
                return found, True
            found.append(entry)
        return found, False

    def text(self, name: str) -> str:
        """Return a key as the answer writes it."""
        return quote(name) if self.url else escape(name)


def _content(page: Page, name: str, line: Line, owner: bool) -> str:
    checksum = f"<ChecksumAlgorithm>{line.algorithm}</ChecksumAlgorithm>"
    return (
        f"<Contents><Key>{page.text(name)}</Key>"
        f"<LastModified>{line.modified}</LastModified><ETag>{escape(line.etag)}</ETag>"
        f"{checksum if line.algorithm else ''}<Size>{line.size}</Size>"
        f"{_OWNER if owner else ''}<StorageClass>{line.storage_class}</StorageClass>"
        "</Contents>"
    )


def _answer(
    bucket: str,
    page: Page,
    found: list[Entry],
    more: bool,
    members: dict[str, Any],
    owner: bool,
) -> TYPE_RESPONSE:
    members = {
        "Name": bucket,
        "Prefix": page.text(page.prefix),
        "Delimiter": page.text(page.delimiter) or None,
        "MaxKeys": page.most,
        "EncodingType": "url" if page.url else None,
        "IsTruncated": str(more).lower(),
        **members,
    }
    parts = [f"<{k}>{v}</{k}>" for k, v in members.items() if v is not None]
    for name, line in found:
        if line:
            parts.append(_content(page, name, line, owner))
        else:
            prefix = f"<Prefix>{page.text(name)}</Prefix>"
            parts.append(f"<CommonPrefixes>{prefix}</CommonPrefixes>")
    body = f'<ListBucketResult xmlns="{_NAMESPACE}">{"".join(parts)}</ListBucketResult>'
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return 200, {"Content-Type": "application/xml"}, text.encode()


def _asked(moto: Callable[[S3Response], TYPE_RESPONSE]) -> Callable:
    """Return what answers in place of moto, except for buckets that list nothing."""

    def answer(response: S3Response) -> TYPE_RESPONSE:
        bucket = response.backend.get_bucket(response.bucket_name)
        if isinstance(bucket, FakeTableStorageBucket):
            return moto(response)
        query: dict[str, list[str]] = response.querystring
        newer = query.get("list-type") == ["2"]
        return (_second if newer else _first)(bucket.name, keys_of(bucket), query)

    return answer


def _first(bucket: str, keys: Keys, query: dict[str, list[str]]) -> TYPE_RESPONSE:
    """Answer ListObjects, which names the next page only where there are prefixes."""
    page = Page.of(query, query.get("marker", [""])[0])
    found, more = page.read(keys)
    members = {"Marker": page.text(page.after)}
    if more and page.delimiter:
        members["NextMarker"] = page.text(found[-1][0])
    return _answer(bucket, page, found, more, members, owner=True)


def _second(bucket: str, keys: Keys, query: dict[str, list[str]]) -> TYPE_RESPONSE:
    """Answer ListObjectsV2."""
    begin, token = query.get("start-after", [None])[0], query.get("continuation-token")
    page = Page.of(query, _place(token[0]) if token else begin or "")
    found, more = page.read(keys)
    members: dict[str, Any] = {"KeyCount": len(found)}
    if more:
        members["NextContinuationToken"] = _token(found[-1][0])
    if token:
        members["ContinuationToken"] = escape(token[0])
    elif begin:
        members["StartAfter"] = page.text(begin)
    owner = query.get("fetch-owner", [""])[0] == "true"
    return _answer(bucket, page, found, more, members, owner)


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _place(token: str) -> str:
    try:
        place = base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        place = ""
    if not place:
        text = "The continuation token provided is incorrect"
        raise InvalidArgumentError(text, "continuation-token", token)
    return place


_class: Any = S3Response  # two of its operations are replaced by these
_class.list_objects = _asked(S3Response.list_objects)
_class.list_objects_v2 = _asked(S3Response.list_objects_v2)
