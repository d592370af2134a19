"""Malformed requests from a seed: mutated ones of services, raw HTTP, bad framing."""

import json
import random
import socket
import string
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import quote, urlencode

from botocore.serialize import create_serializer

from localaws.api.validation import service_model
from localaws.app import OPERATIONS

SIGNED = "AWS4-HMAC-SHA256 Credential=x/20260101/{}/{}/aws4_request"
# Services and how many of their operations are asked: ours, all; some of moto's.
# Of services that moto answers for, and how many of their operations are asked.
OTHERS = {
    "sagemaker": 10,
    "iam": 40,
    "sts": 9,
    "s3": 60,
    "logs": 20,
    "cloudwatch": 15,
    "events": 15,
    "cloudformation": 15,
    "resourcegroupstaggingapi": 5,
    "dynamodb": 10,
    "sqs": 10,
    "lambda": 10,
    "ecr": 8,
}
TEXTS = ["", "\0", "a" * 70_000, "\ud800", "é\u202e", "../..", "%00", "$(x)", "*" * 300]
TEXTS += ['{"Statement": {"Effect": "Allow", "Action": [7], "Condition": 1}}', "1e400"]
TEXTS += ["s3://", "arn:aws:iam::1:role/", "[" * 3000, '{"Statement": 7}', "-1", "NaN"]
DEEP = json.loads("[" * 200 + "]" * 200)
VALUES = [None, True, -1, 0, 10**400, 1e308, [], {}, {"": {}}, [None], DEEP, *TEXTS]
DOCUMENTS = [
    b"",
    b"null",
    b"7",
    b"[]",
    b'"x"',
    b"{",
    b"[" * 20_000,
    b'{"a":' * 20_000,
    b'{"InitialVariantWeight": 1e400}',
    b'{"x": NaN, "y": -Infinity}',
    b"\xff\xfe\x00",
    b'{"TrainingJobName": "\xff"}',
    b'{"a": "\\ud800"}',
    b"<a>" * 5000,
    b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>",
    b"Action=&Version=%ff",
    b"Action=ListUsers&MaxItems=x&&=&a",
    b"\xbf" * 3000,
    b"\x9f" * 3000,
]
PATHS = ["/%", "/%zz", "/%00", "/%ff/%fe", "//", "/..%2f..", "/" + "a/" * 900, "*", ""]
PATHS += ["/b/%e2%28%a1", "/\xff", "/b?x", "/_localaws/x", "http://[::1", "/b/;;?&&="]
PATHS += ["/_localaws/buckets/x%00y", "/_localaws/connection", "/_localaws/console"]
PATHS += ["/_localaws/confirm", "/_localaws/act", "/endpoints/%00/invocations"]
QUERIES = ["max-keys=x", "max-keys=-1", "max-keys=99999999999999999999", "list-type=2"]
QUERIES += ["partNumber=x&uploadId=y", "uploads", "versionId=%00", "delete", "policy"]
QUERIES += ["%00", "after=%00", "region=%00", "region=nowhere", "tagging", "lifecycle"]
QUERIES += ["X-Amz-Credential=%2f%2f&X-Amz-Expires=x", "marker=%ff", "encoding-type=x"]
QUERIES += ["list-type=2&continuation-token=!!", "notification", "cors", "acl", "&=&;"]
QUERIES += ["verb=Stop&kind=%00&name=%00", "key=%00", "follow=%ff", "verb=Delete"]
HEADERS = ["Content-Type", "Range", "Content-MD5", "x-amz-copy-source", "Host", "Date"]
HEADERS += ["x-amz-tagging", "If-Modified-Since", "X-Amz-Date", "Authorization"]
HEADERS += ["X-Amz-Target", "x-amz-decoded-content-length", "Content-Encoding"]
HEADERS += ["x-amz-acl", "x-amz-storage-class", "x-amz-meta-a_b", "Origin", "Expect"]
HEADERS += ["x-amz-checksum-crc32", "x-amz-copy-source-range", "Accept", "Cookie"]
HEADERS += ["x-amz-content-sha256", "x-amz-security-token", "X-Amzn-Trace-Id"]
WORDS = ["", " ", "\t", "x", "7", "-1", "bytes=9-1", "bytes=-", "bytes=a-b", "\xff\xfe"]
WORDS += ["%", "/", "/b", "b/%zz", "multipart/form-data", "a" * 60_000, "aws-chunked"]
WORDS += ["application/json", "application/cbor", "application/x-www-form-urlencoded"]
WORDS += ["SageMaker.", "SageMaker.X", ".", "IAM.x.y", "100-continue", "text/html"]
WORDS += [SIGNED.format("nowhere", "s3"), SIGNED.format("us-east-1", "x"), "a=&b"]
WORDS += [SIGNED.format("___", "sagemaker"), SIGNED.format("us-east-1", "ec2")]
WORDS += ["AWS4-HMAC-SHA256 Credential=/////"]
PAGES = ["console", "connection", "act", "confirm", "console.css", "buckets/x%00y"]
PAGES += ["buckets/x", "buckets/x/object", "buckets/%ff", "model/us-east-1/x", "%00"]
PAGES += ["training-job/nowhere/x", "endpoint/us-east-1/..", "endpoint//", "buckets/"]
KINDS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]
FORMS = [b"", b"token=%ff&verb=Stop", b"token=\xff", b"--x\r\n\r\n", b"a&" * 30_000]
METHODS = ["GET", "POST", "PUT", "FOO", "", "GET GET", "\xff"]
VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "", "HTTP", "X"]
HEADS = ["PUT /b/k", "POST /", "POST /endpoints/x/invocations", "GET /b", "PATCH /b"]
LENGTHS = ["-1", "+5", "1_0", "x", "", "5, 5", "9" * 25, "0x5", "3", "99999999999999"]
CODINGS = ["chunked", "chunked", "gzip", "x, chunked", ""]
SIZES = ["5", "0", "F" * 16, "-5", "", "zz", "5;x=" + "y" * 2000, "0" * 99, "7f"]


@dataclass
class Message:
    """A request before it is written."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def written(self) -> bytes:
        """Return it as HTTP/1.1."""
        target = self.path + (f"?{self.query}" if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1"]
        length = {"Content-Length": str(len(self.body))}
        lines += [f"{k}: {v}" for k, v in {**length, **self.headers}.items()]
        head = "\r\n".join([*lines, "", ""])
        return head.encode("latin-1", "replace") + self.body


def example(shape, depth=0):
    """Return a value that is right in type, with the required members only."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.required_members if depth < 5 else ()
        return {name: example(shape.members[name], depth + 1) for name in members}
    simple = {"list": [], "map": {}, "boolean": True, "blob": ""}
    if kind in simple:
        return simple[kind]
    if kind != "string":
        return shape.metadata.get("min", 1)
    if "enum" in shape.metadata:
        return shape.metadata["enum"][0]
    return "a" * max(1, shape.metadata.get("min", 1))


def serialized(service, name) -> Message:
    """Return a request for an operation, right in type, as botocore writes it."""
    model = service_model(service)
    operation = model.operation_model(name)
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    shape = operation.input_shape
    request = serializer.serialize_to_request(
        example(shape) if shape else {}, operation
    )
    body = request["body"]
    body = urlencode(body).encode() if isinstance(body, dict) else body
    headers = {k: str(v) for k, v in request["headers"].items()}
    headers["Authorization"] = SIGNED.format("us-east-1", model.signing_name)
    path = quote(request["url_path"], safe="/%?=&")
    path, _, fixed = path.partition("?")
    query = "&".join(filter(None, [fixed, urlencode(request["query_string"] or {})]))
    data = body.encode() if isinstance(body, str) else bytes(body)
    return Message(request["method"], path, query, headers, data)


def operations():
    """Return what is asked for, service and operation: all of ours, some of moto's."""
    chance, found = random.Random(0), sorted(OPERATIONS)
    for service, most in OTHERS.items():
        names = sorted(service_model(service).operation_names)
        found += [(service, n) for n in chance.sample(names, min(most, len(names)))]
    return found


class Hostile:
    """The malformed requests of one seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.operations = operations()

    def request(self) -> tuple[str, bytes]:
        """Return the next one, and of which kind it is."""
        kind = self.chance.choice(["mutated"] * 4 + ["page", "raw", "framed", "framed"])
        return kind, getattr(self, kind)()

    def mutated(self) -> bytes:
        """Return a request of a service with something wrong."""
        message = serialized(*self.chance.choice(self.operations))
        ways = [self._value, self._value, self._bytes, self._document, self._header]
        for way in self.chance.choices([*ways, self._path, self._query], k=2):
            way(message)
        return message.written()

    def _value(self, message):
        try:
            content = json.loads(message.body)
        except (ValueError, RecursionError):
            return self._field(message)
        if isinstance(content, dict):
            name = self.chance.choice([*content, "NoSuchMember"])
            content[name] = self.chance.choice(VALUES)
        message.body = json.dumps(content).encode("utf-8", "surrogatepass")
        return None

    def _field(self, message):
        """Put a bad value into a form, or an element of XML."""
        parts = message.body.split(b"&")
        number = self.chance.randrange(len(parts))
        text = self.chance.choice(TEXTS).encode("utf-8", "surrogatepass")
        name = parts[number].partition(b"=")[0]
        parts[number] = name + b"=" + quote(text).encode()
        parts += self.chance.choice([[], [b"x.member.-1=a"], [b"x.member.99999=a"]])
        message.body = b"&".join(parts)

    def _bytes(self, message):
        data = bytearray(message.body or b"x")
        for _ in range(self.chance.randint(1, 8)):
            data[self.chance.randrange(len(data))] = self.chance.randrange(256)
        message.body = bytes(data[: self.chance.randint(0, len(data))])

    def _document(self, message):
        message.body = self.chance.choice(DOCUMENTS)

    def _header(self, message):
        message.headers[self.chance.choice(HEADERS)] = self.chance.choice(WORDS)

    def _path(self, message):
        message.path = self.chance.choice(PATHS)

    def _query(self, message):
        message.query = self.chance.choice(QUERIES)

    def page(self) -> bytes:
        """Return a request for a page of the console, with odd fields."""
        pick = self.chance.choice
        path = "/_localaws/" + pick(PAGES)
        query = "&".join(pick(QUERIES) for _ in range(pick([0, 1, 3])))
        headers = {"Host": "127.0.0.1", "Content-Type": pick(KINDS)}
        if pick([True, False]):
            headers[pick(HEADERS)] = pick(WORDS)
        return Message(pick(METHODS[:3]), path, query, headers, pick(FORMS)).written()

    def raw(self) -> bytes:
        """Return what is hardly HTTP."""
        pick = self.chance.choice
        path = pick([*PATHS, "/", f"/?{pick(QUERIES)}"])
        count = pick([0, 1, 3, 99, 3000])
        lines = [self._line() for _ in range(min(count, 99))]
        lines += ["X: y"] * (count - len(lines))
        text = "\r\n".join([f"{pick(METHODS)} {path} {pick(VERSIONS)}", *lines])
        text += pick(["\r\n\r\n", "\n\n", "\r\r", "\0"])
        noise = self.chance.randbytes(self.chance.randint(0, 99))
        return text.encode("latin-1", "replace") + noise

    def _line(self):
        name = self.chance.choice([*HEADERS, "", " ", "X Y", "\xff", ":", "a" * 200])
        colon = self.chance.choice([":", ": ", "", " :"])
        return name + colon + self.chance.choice(WORDS)[:3000]

    def framed(self) -> bytes:
        """Return a request whose body is not as long as its headers say."""
        pick, often = self.chance.choice, self.chance.random
        name = pick(["s3", "sagemaker", "iam", "logs", "nothing"])
        lines = [f"{pick(HEADS)} HTTP/1.1"]
        lines.append(f"Authorization: {SIGNED.format('us-east-1', name)}")
        if often() < 0.5:
            lines += [f"Content-Length: {pick(LENGTHS)}"] * pick([1, 2])
        if often() < 0.7:
            lines.append(f"Transfer-Encoding: {pick(CODINGS)}")
        if often() < 0.3:
            lines.append("X-Amz-Target: SageMaker.ListModels")
        chunks = "".join(self._chunk() for _ in range(pick([0, 1, 2, 5])))
        return "\r\n".join([*lines, "", chunks]).encode("latin-1")

    def _chunk(self):
        size = self.chance.choice(SIZES)
        word = "".join(self.chance.choices(string.printable, k=5))
        return f"{size}\r\n{word[: self.chance.randint(0, 5)]}\r\n"


def send(address, data, patience=5.0):
    """Return the status (0 where the server hangs up) and the seconds that it took."""
    begun, status = time.monotonic(), 0
    try:
        with socket.create_connection(address, timeout=patience) as wire:
            answer = HTTPResponse(wire)
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)  # no more will come
            answer.begin()
            status = answer.status
            answer.read()
    except TimeoutError:
        status = -1
    except (HTTPException, OSError):
        pass
    return status, time.monotonic() - begun
