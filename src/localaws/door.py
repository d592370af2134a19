"""The door to the server's own pages.

The console and the connection act with the server's rights, and a browser signs
nothing. Their key stands in a file that only the server's owner can read.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from localaws.api.errors import Refused
from localaws.api.registry import Context
from localaws.discovery import COOKIE, HEADER

PARAMETER = "key"
WORDS = (
    "The pages of this server want its key: open the address that `localaws status` "
    "prints. A program finds the key in the file that LOCALAWS_READY names."
)


def passed(context: Context, request: Request) -> Response | None:
    """Return None for who may see a page, or a redirect that remembers the key.

    Raises `Refused` for others. Where the door is open, all may.
    """
    if context.open_door or _is_key(context, request.headers.get(HEADER, "")):
        return None
    if _is_key(context, request.cookies.get(COOKIE, "")):
        return None
    if not _is_key(context, request.args.get(PARAMETER, "")):
        raise Refused("AccessDeniedException", WORDS)
    rest = [(k, v) for k, v in request.args.items(multi=True) if k != PARAMETER]
    place = request.path + (f"?{urlencode(rest)}" if rest else "")
    response = Response("", 303, {"Location": place, "Cache-Control": "no-store"})
    response.set_cookie(COOKIE, context.page_key, httponly=True, samesite="Strict")
    return response


def _is_key(context: Context, given: str) -> bool:
    return hmac.compare_digest(given.encode(), context.page_key.encode())
