"""S3 as a file system of Hadoop: buckets answer WebHDFS's requests, on loopback.

PySpark brings no client for S3. What it brings is one for WebHDFS, whose requests for
`s3://bucket/key` this proxy answers, with the credentials of the job that it runs in.

https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html
"""

import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import printable as ASCII
from urllib.parse import parse_qs, quote, unquote, urlsplit

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from localaws.processing.chunks import PART, Chunks

PREFIX = "/webhdfs/v1"
BLOCK = 128 * 1024 * 1024  # bytes of a split of a file, as HDFS has them
PAGE = {"PageSize": 1000}  # keys of a request, as many as S3 lists
MISSING = ("404", "NoSuchBucket", "NoSuchKey")
NOT_FOUND = "java.io.FileNotFoundException"


class Failed(Exception):
    """What Java's side is to raise: its status and its class."""

    def __init__(self, status, name, message):
        super().__init__(message)
        self.status, self.name = status, name


class Bucket:
    """A bucket as folders and files; `made` are folders that hold nothing yet."""

    def __init__(self, s3, name, made):
        self.s3, self.name, self.made = s3, name, made

    def status(self, key, suffix=""):
        """Return what a key is; Failed where there is nothing."""
        if key and (found := self._head(key)):
            return _file(suffix, found["ContentLength"], found["LastModified"])
        inside = self.s3.list_objects_v2(
            Bucket=self.name, Prefix=f"{key}/" if key else "", MaxKeys=1
        )
        if not key or inside.get("KeyCount") or (self.name, key) in self.made:
            return _folder(suffix)
        raise Failed(404, NOT_FOUND, f"File does not exist: s3://{self.name}/{key}")

    def _head(self, key):
        try:
            return self.s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _code(error) in ("404", "NoSuchKey"):
                return None
            raise

    def children(self, key):
        """Return what is in a folder, or the file itself."""
        own = self.status(key)
        if own["type"] == "FILE":
            return [own]
        prefix = f"{key}/" if key else ""
        found = {}
        for page in self._pages(prefix, Delimiter="/"):
            for one in page.get("Contents", ()):
                name = one["Key"].removeprefix(prefix)
                found[name] = _file(name, one["Size"], one["LastModified"])
            for one in page.get("CommonPrefixes", ()):
                name = one["Prefix"].removeprefix(prefix).rstrip("/")
                found.setdefault(name, _folder(name))
        for bucket, path in sorted(self.made):
            name = path.removeprefix(prefix)
            if bucket == self.name and path.startswith(prefix) and "/" not in name:
                found.setdefault(name, _folder(name))
        return [one for name, one in found.items() if name]

    def _pages(self, prefix, **more):
        pages = self.s3.get_paginator("list_objects_v2")
        asked = {"Bucket": self.name, "Prefix": prefix, "PaginationConfig": PAGE}
        return pages.paginate(**asked, **more)

    def _keys(self, key):
        """Yield the key itself, and all below it."""
        if self._head(key):
            yield key
        for page in self._pages(f"{key}/"):
            yield from (one["Key"] for one in page.get("Contents", ()))

    def make(self, key):
        """Make a folder, and those that it is in."""
        while key:
            self.made.add((self.name, key))
            key = key.rpartition("/")[0]

    def move(self, key, new):
        """Rename a file or all of a folder; say whether there was one."""
        found = [*self._keys(key)]
        for one in found:
            source = {"Bucket": self.name, "Key": one}
            self.s3.copy(source, self.name, f"{new}{one.removeprefix(key)}")
        folders = self._drop(key, found)
        self.made |= {(self.name, f"{new}{f[1].removeprefix(key)}") for f in folders}
        return bool(found or folders)

    def delete(self, key):
        """Delete a file or all of a folder; say whether there was one."""
        found = [*self._keys(key)]
        return bool(self._drop(key, found) or found)

    def _drop(self, key, keys):
        """Delete objects, and forget and return the folders that were made there."""
        for one in keys:
            self.s3.delete_object(Bucket=self.name, Key=one)
        folders = {f for f in self.made if f[0] == self.name and _below(f[1], key)}
        self.made -= folders
        return folders


def _below(path, key):
    return path == key or path.startswith(f"{key}/")


def _named(name):
    """Return a name that Java does not take for an address: "10:30" is no scheme."""
    return f"./{name}" if ":" in name else name


def _file(name, size, changed):
    return _entry(name, "FILE", size, int(changed.timestamp() * 1000), BLOCK)


def _folder(name):
    return _entry(name, "DIRECTORY", 0, 0, 0)


def _entry(name, kind, size, changed, block):
    owner = {"owner": "root", "group": "root", "permission": "777", "replication": 1}
    times = {"accessTime": changed, "modificationTime": changed}
    known = {
        "pathSuffix": _named(name),
        "type": kind,
        "length": size,
        "blockSize": block,
    }
    return {**known, **times, **owner, "fileId": 0, "childrenNum": 0}


def _code(error):
    return getattr(error, "response", {}).get("Error", {}).get("Code")


def _said(error):
    """Return what S3 said; to a HEAD it says nothing but 403."""
    if _code(error) != "403":
        return str(error)
    name = error.operation_name
    return f"AccessDenied when calling {name}: the job's role may not do so, see IAM"


class Handler(BaseHTTPRequestHandler):
    """One request: an absolute address, as a proxy gets it."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing: the log is the job's."""

    def _answer(self):
        # Java sends letters as they are, in UTF-8; the library reads them as Latin-1.
        self.sent = self.path.encode("latin-1").decode(errors="replace")
        where = urlsplit(self.sent)
        self.asked = {n.lower(): v[0] for n, v in parse_qs(where.query).items()}
        self.key = unquote(where.path).removeprefix(PREFIX).strip("/")
        host = where.netloc.partition(":")[0]
        self.bucket = Bucket(self.server.s3, host, self.server.made)
        name = f"op_{self.asked.get('op', '').lower()}"
        try:
            getattr(self, name, self.op_unknown)()
        except Failed as error:
            self._failed(error.status, error.name, str(error))
        except (BotoCoreError, Boto3Error, ClientError) as error:
            missing = _code(error) in MISSING
            kind = (404, NOT_FOUND) if missing else (403, "java.io.IOException")
            self._failed(*kind, f"s3://{self.bucket.name}/{self.key}: {_said(error)}")

    do_GET = do_PUT = do_POST = do_DELETE = _answer

    def _failed(self, status, name, message):
        short = name.rpartition(".")[2]
        told = {"exception": short, "javaClassName": name, "message": message}
        self._json({"RemoteException": told}, status)

    def _json(self, value, status=200):
        data = json.dumps(value).encode()
        self.send_response(status)  # without a type, which Java could not parse here
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def op_unknown(self):
        """Refuse what S3 cannot do, or nobody has asked for yet."""
        op = self.asked.get("op")
        text = f"localaws has no {op} for s3://{self.bucket.name}/{self.key}"
        self._failed(400, "java.lang.UnsupportedOperationException", text)

    def op_getfilestatus(self):
        """Tell what a path is."""
        self._json({"FileStatus": self.bucket.status(self.key)})

    def op_liststatus(self):
        """Tell what is in a folder."""
        self._json({"FileStatuses": {"FileStatus": self.bucket.children(self.key)}})

    def op_getfileblocklocations(self):
        """All blocks are here."""
        size = self.bucket.status(self.key)["length"]
        places = {"hosts": ["localhost"], "names": ["127.0.0.1:0"]}
        none = {"cachedHosts": [], "topologyPaths": [], "corrupt": False}
        own = {**places, **none, "offset": 0, "length": size}
        self._json({"BlockLocations": {"BlockLocation": [own] if size else []}})

    def op_open(self):
        """Send the bytes of a file, from an offset."""
        first = int(self.asked.get("offset", 0))
        size = self.bucket.status(self.key)["length"]
        length = min(int(self.asked.get("length", size)), size - first)
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(max(0, length)))
        self.end_headers()
        if length > 0:
            name = {"Bucket": self.bucket.name, "Key": self.key}
            span = f"bytes={first}-{first + length - 1}"
            body = self.bucket.s3.get_object(**name, Range=span)["Body"]
            for part in body.iter_chunks(PART):
                self.wfile.write(part)

    def op_create(self):
        """Ask for the bytes with a redirection, as a name node does, and store them."""
        if "sent" not in self.asked:
            self.send_response(307)
            self.send_header("Location", f"{quote(self.sent, safe=ASCII)}&sent=1")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.bucket.s3.upload_fileobj(Chunks(self), self.bucket.name, self.key)
        self.bucket.make(self.key.rpartition("/")[0])
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def op_mkdirs(self):
        """Remember a folder: S3 has none."""
        self.bucket.make(self.key)
        self._json({"boolean": True})

    def op_rename(self):
        """Copy, then delete: S3 cannot rename."""
        new = self.asked["destination"].strip("/")
        self._json({"boolean": self.bucket.move(self.key, new)})

    def op_delete(self):
        """Delete a file or a folder."""
        self._json({"boolean": self.bucket.delete(self.key)})

    def op_setpermission(self):
        """S3 has no such permissions: nothing to do."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    op_setowner = op_settimes = op_setreplication = op_setpermission


class Server(ThreadingHTTPServer):
    """All requests share one client, and what folders were made."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.s3, self.made = boto3.client("s3"), set()

    def handle_error(self, request, client_address):
        """Say nothing where Spark has read enough of a file: the log is the job's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running():
    """Serve on a free port of loopback, and yield the port."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
