"""The process of a function: it asks for events, and calls the handler for each.

Run as a script with the standard library alone. It speaks AWS's Runtime API, and says
what goes wrong in the words of AWS's own client for Python.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
import logging
import os
import resource
import sys
import time
import traceback

MARK = b"\0localaws "  # before the line that ends what an invocation has printed
API = "/2018-06-01/runtime"
ERROR = "application/vnd.aws.lambda.error+json"
VARIABLES = dict(os.environ)  # as they are at the start: a function may remove them
# Where the code of the function and of its layers is.
PATH = os.environ.pop("LOCALAWS_FUNCTION_PATH", "").split(os.pathsep)
# What AWS's image has; anything else a function brings along.
PROVIDED = (
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"),
    *("certifi", "_distutils_hack", "sitecustomize"),
)


class Failed(Exception):
    """A failure of a function, as its caller is told of it."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)

    def told(self, request_id):
        """Return the error as a JSON object."""
        told = {"errorMessage": self.message, "errorType": self.kind}
        return {**told, "requestId": request_id, "stackTrace": self.trace}

    def line(self):
        """Return the error as the log has it, in one event of several lines."""
        lines = [f"[ERROR] {self.kind}: {self.message}", "Traceback (most recent call"]
        lines[1] += " last):"
        text = "".join(self.trace).splitlines()
        joined = "\r".join([*lines, *text] if text else lines[:1])
        return joined.encode("utf-8", "backslashreplace").decode()


class Context:
    """The second argument of a handler.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, headers):
        variables = {**VARIABLES, **os.environ}
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = variables["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = variables["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = variables["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = variables["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = _client_context(headers)
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        """Return how long the handler may go on."""
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        """Write into the log, without the end of a line."""
        sys.stdout.write(str(message))


class _ClientContext:
    def __init__(self, given):
        self.custom, self.env = given.get("custom"), given.get("env")
        self.client = given.get("client")


def _client_context(headers):
    given = headers.get("Lambda-Runtime-Client-Context")
    return _ClientContext(json.loads(given)) if given else None


class Api:
    """The Runtime API, over one connection that is made again where it is lost."""

    def __init__(self, address):
        self.host, _, self.path = address.partition("/")
        self._connection = http.client.HTTPConnection(self.host)

    def ask(self, method, path, body=None, headers=None):
        """Return headers and body of an answer."""
        place = f"/{self.path}{API}{path}"
        for left in (1, 0):
            try:
                self._connection.request(method, place, body, headers or {})
                answer = self._connection.getresponse()
                data = answer.read()
                break
            except (ConnectionError, http.client.HTTPException):
                self._connection.close()
                if not left:
                    raise
        if answer.status >= 400:
            sys.exit(f"localaws: the Runtime API says {answer.status}: {data[:300]!r}")
        return answer.headers, data

    def fail(self, path, failed, request_id=""):
        """Say that something has failed."""
        headers = {"Lambda-Runtime-Function-Error-Type": failed.kind}
        body = json.dumps(failed.told(request_id)).encode()
        self.ask("POST", path, body, {**headers, "Content-Type": ERROR})


class Formatter(logging.Formatter):
    """Writes records of `logging` as AWS's runtime does, with the request's number."""

    request_id = ""

    def __init__(self):
        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request)s\t%(message)s"
        super().__init__(form, "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record):
        record.request = Formatter.request_id
        return super().format(record).replace("\n", "\r")


def found(name):
    """Return the handler that a function's configuration names."""
    place, dot, called = name.rpartition(".")
    if not dot:
        why = "not enough values to unpack (expected 2, got 1)"
        raise Failed("Runtime.MalformedHandlerName", f"Bad handler '{name}': {why}")
    module = place.replace("/", ".")
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        kind = "Runtime.ImportModuleError"
        raise Failed(kind, f"Unable to import module '{module}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}\n']
        text = f"Syntax error in module '{module}': {error}"
        raise Failed("Runtime.UserCodeSyntaxError", text, trace) from error
    if not callable(handler := getattr(loaded, called, None)):
        text = f"Handler '{called}' missing on module '{module}'"
        raise Failed("Runtime.HandlerNotFound", text)
    return handler


def failure_of(error):
    """Return what an exception of the function is told as."""
    if isinstance(error, Failed):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_machinery(frame.filename)]
    try:
        text = str(error)
    except Exception as other:  # its own fault, and not ours
        text = f"<its text cannot be made: {type(other).__name__}>"
    return Failed(type(error).__name__, text, traceback.format_list(own))


def _is_machinery(path):
    ours = (__file__, importlib.__file__)
    return path in ours or path.startswith("<frozen importlib")


def called(handler, body, context):
    """Return the answer of a handler to an event, as JSON."""
    try:
        event = json.loads(body)
    except ValueError as error:
        text = f"Unable to unmarshal input: {error}"
        raise Failed("Runtime.UnmarshalError", text) from error
    result = handler(event, context)
    try:
        return json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        text = f"Unable to marshal response: {error}"
        raise Failed("Runtime.MarshalError", text) from error


def prepare_log():
    """Let records of `logging` go to the log, from WARNING on, as AWS does."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter())
    logging.getLogger().addHandler(handler)


def borrowed(before):
    """Return the libraries of this environment that only the function's code imports.

    `before` are the modules that were there without it.
    """
    names = set()
    for name in sys.modules.keys() - before:
        place = getattr(sys.modules[name], "__file__", None) or ""
        ours = "site-packages" in place or "dist-packages" in place
        if ours and not place.startswith(tuple(PATH)):
            names.add(name.partition(".")[0])
    return sorted(name for name in names - set(PROVIDED) if not name.startswith("_"))


def mark(out, request_id):
    """End what an invocation has printed, and say how much memory there has been."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the function may have closed it
            stream.flush()
    unit = 1 if sys.platform == "darwin" else 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    with contextlib.suppress(OSError):
        os.write(out, MARK + f"{request_id} {used}\n".encode())


def serve(api, handler, out):
    """Call the handler for each event, until the process is ended."""
    while True:
        headers, body = api.ask("GET", "/invocation/next")
        context = Context(headers)
        Formatter.request_id = number = context.aws_request_id
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        failed, answer = None, b""
        try:
            answer = called(handler, body, context)
        except Exception as error:
            failed = failure_of(error)
            print(failed.line(), flush=True)
        mark(out, number)
        if failed:
            api.fail(f"/invocation/{number}/error", failed, number)
        else:
            api.ask("POST", f"/invocation/{number}/response", answer)


def main():
    """Load the handler and serve; whoever started this sees what is printed."""
    api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
    out = os.dup(1)
    prepare_log()
    sys.argv = [os.environ["_HANDLER"]]
    before = set(sys.modules)
    try:
        handler = found(os.environ["_HANDLER"])
    except Exception as error:
        failed = failure_of(error)
        print(failed.line(), flush=True)
        api.fail("/init/error", failed)
        sys.exit(1)
    if names := borrowed(before):
        print(
            f"localaws: {', '.join(names)}: of this environment, not of the function. "
            "On AWS, bring it in the package or in a layer.",
            flush=True,
        )
    mark(out, "start")
    serve(api, handler, out)


if __name__ == "__main__":
    sys.path[:0] = PATH
    main()
