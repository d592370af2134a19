"""The console: pages at the server's root for a browser on this machine.

Requests come from whoever uses the machine, and are not signed. Other web pages are
kept out by the host's name, a form's Origin, and a token that only these pages hold.
"""

from __future__ import annotations

import functools
import hmac
import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.wrappers import Request, Response

from localaws.api import registry, validation
from localaws.api.errors import ServiceError, invalid
from localaws.api.registry import OPERATIONS, Call, Context
from localaws.console import inventory
from localaws.machine import prices

PAGES = Path(__file__).with_name("pages")
SHOWN = 200  # resources of a kind on the first page
MAX_FORM = 16 * 1024  # bytes
FIELDS = ("verb", "kind", "name", "region", "key")  # of a form
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make a form's Origin "null"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
_STATIC = {"css": "text/css", "js": "text/javascript"}
_TOKEN = "ClientRequestToken"
_SIGNED = ("X-Amz-Credential", "AWSAccessKeyId")


def page(pattern: str, method: str = "GET") -> Callable:
    """Register a page: local hosts only, one method, and errors that a person reads."""

    def register(function: Callable) -> Callable:
        @functools.wraps(function)
        def answer(context: Context, request: Request, region: str, **groups: str):
            try:
                _check_place(request, method)
                return function(context, request, **groups)
            except ServiceError as error:
                return _render("error.html", error.status, message=error.message)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                message = error.response["Error"].get("Message") or str(error)
                return _render("error.html", status, message=message)
            except BotoCoreError as error:
                return _render("error.html", 400, message=str(error))

        return registry.page(pattern)(answer)

    return register


@registry.page(r"/")
def root(context: Context, request: Request, region: str) -> Response | None:
    """Show the first page to a browser; S3's ListBuckets has the same address."""
    signed = "Authorization" in request.headers or any(map(request.args.get, _SIGNED))
    browser = "text/html" in request.headers.get("Accept", "")
    if signed or not browser or request.method not in ("GET", "HEAD"):
        return None
    return overview(context, request, region)


@page(r"/_localaws/console")
def overview(context: Context, request: Request) -> Response:
    """Show all resources and buckets, and what those that run would cost on AWS."""
    sections = inventory.sections(context)
    running = [item for _, items in sections for item in items if item.alive]
    return _render(
        "overview.html",
        sections=sections,
        shown=SHOWN,
        hourly=sum(item.hourly or 0 for item in running),
        unpriced=[i for i in running if i.machines and i.hourly is None],
        buckets=inventory.buckets(context),
        lists={name: rows(context) for name, rows in registry.LISTS.items()},
    )


@page(r"/_localaws/console\.(?P<kind>css|js)")
def static(context: Context, request: Request, kind: str) -> Response:
    """Return the style or the script of the pages."""
    text = (PAGES / f"console.{kind}").read_text(encoding="utf-8")
    return Response(text, content_type=f"{_STATIC[kind]}; charset=utf-8")


@page(r"/_localaws/buckets/(?P<name>[^/]+)")
def bucket(context: Context, request: Request, name: str) -> Response:
    """Show the objects of a bucket, 1,000 a page."""
    rows, after = inventory.objects(context, name, request.args.get("after", ""))
    return _render("bucket.html", name=name, objects=rows, after=after)


@page(r"/_localaws/buckets/(?P<name>[^/]+)/object")
def download(context: Context, request: Request, name: str) -> Response:
    """Return an object as a file to save: never as a page, whatever it says it is."""
    s3 = context.clients.get("s3", "us-east-1")
    found = s3.get_object(Bucket=name, Key=request.args.get("key", ""))
    response = Response(
        found["Body"].iter_chunks(256 * 1024),
        headers={**HEADERS, "Content-Length": str(found["ContentLength"])},
        content_type="application/octet-stream",
    )
    file = request.args["key"].rpartition("/")[2] or "object"
    response.headers.set("Content-Disposition", "attachment", filename=file)
    return response


@page(
    r"/_localaws/(?P<arn_type>[a-z-]+)/(?P<place>[a-z0-9-]+)/(?P<name>[\w.-]+(/\d+)?)"
)
def resource(
    context: Context, request: Request, arn_type: str, place: str, name: str, **_: str
) -> Response:
    """Show one resource with its log, which goes on while it runs."""
    item = inventory.item(context, arn_type, place, name)
    return _render(
        "resource.html",
        item=item,
        details=json.dumps(item.details, indent=2),
        logs=list(inventory.logs(context, item)),
        lines=inventory.LINES,
        follow=item.alive and request.args.get("follow") != "no",
    )


@page(r"/_localaws/confirm")
def confirm(context: Context, request: Request) -> Response:
    """Ask whether to do what a button is for, on a page of its own: no script asks."""
    form = _fields(request.args)
    if form["kind"] == "bucket":
        words, back = "object" if "key" in form else "bucket", _shelf(form["name"])
    else:
        item = _target(context, form)
        words, back = item.kind.words, item.address
    return _render("confirm.html", form=form, words=words, back=back)


@page(r"/_localaws/act", method="POST")
def act(context: Context, request: Request) -> Response:
    """Stop or delete what was confirmed, and return to where it was shown."""
    form = _form(request)
    if form["kind"] == "bucket":
        return _see(_delete_from_bucket(context, form["name"], form.get("key")))
    item = _target(context, form)
    operation = f"{form['verb']}{item.kind.name}"
    model = validation.service_model("sagemaker").operation_model(operation)
    token = {_TOKEN: str(uuid.uuid4())} if _TOKEN in model.input_shape.members else {}
    members = {**item.members, **token}
    validation.check(model, members)
    call = Call(operation, members, item.region, context, request)
    OPERATIONS["sagemaker", operation](call)
    return _see(item.address if form["verb"] == "Stop" else "/")


def _target(context: Context, form: dict[str, str]) -> inventory.Item:
    """Return the resource that a form is about, if what it asks can be done."""
    item = inventory.item(context, form["kind"], form.get("region", ""), form["name"])
    if ("sagemaker", f"{form['verb']}{item.kind.name}") not in OPERATIONS:
        raise invalid(f'A {item.kind.words} has no operation "{form["verb"]}".')
    return item


def _delete_from_bucket(context: Context, name: str, key: str | None) -> str:
    """Delete an object, or the empty bucket; return the address of what is left."""
    s3 = context.clients.get("s3", "us-east-1")
    if key is None:
        s3.delete_bucket(Bucket=name)
        return "/"
    s3.delete_object(Bucket=name, Key=key)
    return _shelf(name)


def _shelf(bucket: str) -> str:
    return f"/_localaws/buckets/{quote(bucket)}"


def _local(request: Request) -> bool:
    return bool(_HOST.fullmatch(request.headers.get("Host", "")))


def _check_place(request: Request, method: str) -> None:
    if not _local(request):
        raise ServiceError("AccessDenied", "The console is for this machine only.", 403)
    if request.method not in (method, "HEAD" if method == "GET" else method):
        text = f"The method {request.method} is not allowed here."
        raise ServiceError("MethodNotAllowed", text, 405)


def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form that one of our own pages sent, or raise 403.

    https://owasp.org/www-community/attacks/csrf
    """
    if (request.content_length or 0) > MAX_FORM:
        raise ServiceError("RequestEntityTooLarge", "The form is too large.", 413)
    origin = request.headers.get("Origin", f"http://{request.host}")
    given = request.form.get("token", "")
    known = hmac.compare_digest(given.encode(), token().encode())
    if origin != f"http://{request.host}" or not known:
        text = "This form is not from the console, or from a server that has ended."
        raise ServiceError("AccessDenied", f"{text} Go back and load it again.", 403)
    return _fields(request.form)


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a button, or raise what is wrong with them."""
    for field in ("verb", "kind", "name"):
        if field not in values:
            raise invalid(f'The form lacks "{field}".')
    form = {name: values[name] for name in FIELDS if name in values}
    if form["verb"] not in ("Stop", "Delete"):
        raise invalid(f'The verb is "{form["verb"]}"; it must be Stop or Delete.')
    if form["verb"] == "Stop" and form["kind"] == "bucket":
        raise invalid("A bucket cannot be stopped.")
    return form


@functools.cache
def token() -> str:
    """Return the secret of this process that its forms carry."""
    return secrets.token_urlsafe(32)


@functools.cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(PAGES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals.update(token=token(), prices=prices, moment=inventory.moment)
    return environment


def _render(template: str, status: int = 200, **values: Any) -> Response:
    text = _templates().get_template(template).render(values)
    return Response(
        text, status, headers=HEADERS, content_type="text/html; charset=utf-8"
    )


def _see(address: str) -> Response:
    return Response("", 303, headers={**HEADERS, "Location": address})
