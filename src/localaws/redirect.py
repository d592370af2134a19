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
    """Rewrite the address of a signed request that is about to be sent."""
    home = os.environ.get("LOCALAWS_URL")
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    if home and host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws")):
        local = urlsplit(home)
        request.url = urlunsplit((local.scheme, local.netloc, *parts[2:]))


def prepare(new):
    """Give a botocore session the handler that redirects its requests."""
    new.register("before-send", send_home, unique_id="localaws-send-home")


def register():
    """Prepare every botocore session that this process makes from now on."""
    register_initializer(prepare)
