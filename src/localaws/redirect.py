"""Sends what botocore addresses to amazonaws.com to the local server instead.

A client that is made with an explicit `endpoint_url`, as the SageMaker SDK makes its
STS clients, does not follow AWS_ENDPOINT_URL. botocore's own events do the rest. Run
from processes that may not be able to import localaws: only the standard library and
botocore are used.
"""

import os
from urllib.parse import urlsplit, urlunsplit

from botocore import register_initializer


def send_home(request, **_):
    """Rewrite the address of a signed request that is about to be sent.

    Raises RuntimeError where the process has left the server: neither this client's
    address nor its credentials are those of AWS.
    """
    home = os.environ.get("LOCALAWS_URL")
    if not home:
        raise RuntimeError(
            "this client was made for the AWS on this machine, which the process has "
            "left: make a new client, or restart the kernel."
        )
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws")):
        local = urlsplit(home)
        request.url = urlunsplit((local.scheme, local.netloc, *parts[2:]))
        request.headers["Host"] = parts.netloc  # it is signed


def prepare(new):
    """Give a botocore session the handler that redirects its requests.

    One that is made while the process has left the server belongs to AWS.
    """
    if os.environ.get("LOCALAWS_URL"):
        new.register("before-send", send_home, unique_id="localaws-send-home")


def register():
    """Prepare every botocore session that this process makes from now on."""
    register_initializer(prepare)
