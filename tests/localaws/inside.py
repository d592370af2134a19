"""A server's parts without the server: requests and AWS itself stay in this process."""

import functools
from http.client import HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from moto.core.botocore_stubber import MockRawResponse
from werkzeug.test import EnvironBuilder

from localaws.endpoints.deployment import Deployment
from localaws.endpoints.variant import Instance, Variant
from localaws.models.workers import Reply

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "x"}


class MotoClients:
    """Stands for a context's clients: they speak to moto in this process.

    They are made once for all tests, which takes longer than most of these.
    """

    @staticmethod
    @functools.cache
    def get(service, region, owner=""):
        own = Config(ignore_configured_endpoint_urls=True)
        made = boto3.Session(**KEYS).client(service, region, config=own)
        # Whatever server the process was with when the first test asked for it.
        made.meta.events.unregister("before-send", unique_id="localaws-send-home")
        return made


def client_of(application, service):
    """Return the boto3 client of a service, answered by `application(environ)`."""
    client, asked = _wired(service)
    asked[:] = [application]
    return client


@functools.cache
def _wired(service):
    """Return a client, which takes long to make, and a list of who answers it."""
    place = {"region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:1"}
    client, asked = boto3.Session().client(service, **KEYS, **place), []

    def answer(request, **_):
        response = asked[0](environ_of(request))
        headers = HeadersDict(list(response.headers))
        raw = MockRawResponse(response.get_data())
        return AWSResponse(request.url, response.status_code, headers, raw)

    client.meta.events.register("before-send", answer)
    return client, asked


def environ_of(request):
    """Return a request of botocore as a WSGI server hands it on."""
    url = urlsplit(request.url)
    headers = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    body = request.body.read() if hasattr(request.body, "read") else request.body
    return EnvironBuilder(
        path=url.path,
        query_string=url.query,
        method=request.method,
        headers=headers,
        data=body or b"",
    ).get_environ()


class Container:
    """Stands for a container: nothing is fetched."""

    name = "primary"

    def __init__(self, folder=None):
        self.definition, self.environment = {"Image": "pytorch"}, {}
        self.folder = folder or Path("there-is-none")

    def prepare(self):
        """Nothing to prepare."""

    def shown(self, line):
        return line


class Worker:
    """Stands for a model server: it notes what happens to it, and says one word."""

    last_line = "ValueError: no weights"
    failure = ""
    status = None
    up = True

    def __init__(self, word, healthy=True, happened=None):
        self.word, self.healthy = word, healthy
        self.happened = [] if happened is None else happened

    def log(self, line):
        """Nobody reads it."""

    def start(self):
        self.happened.append(f"start {self.word}")

    def wait(self, timeout):
        self.happened.append(f"wait {self.word}")
        return self.healthy

    def stop(self):
        self.happened.append(f"stop {self.word}")

    def request(self, method, path, body, headers, timeout, most=0):
        head = HTTPMessage()
        head["Content-Type"] = "text/plain"
        return Reply(200, head, f"{self.word} {body.decode()}".encode())


def variant_of(name, *workers, more=(), weight=1.0, **members):
    """Return a variant of one instance for each worker, and of `more` when it grows."""
    spare = iter(more)
    instances = [Instance([Container()], [worker]) for worker in workers]
    grown = {"make": lambda number: Instance([Container()], [next(spare)])}
    given = {"instances": instances, "stream": name, **grown, **members}
    return Variant(name, weight, 1.0, **given)


def deployment_of(folder, *workers, config=None, weights=None):
    """Return a deployment of one variant for each worker: "a", "b", ..."""
    shares = weights or [1.0] * len(workers)
    variants = [
        variant_of(name, worker, weight=weight)
        for name, weight, worker in zip("abcd", shares, workers, strict=False)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    return Deployment(variants, folder, config or {})
