"""Finds the servers of this user, and asks them what they are."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

REGION = "us-east-1"
TEMPORARY = "localaws-*/ready.json"  # below the folder of temporary files
# Of a request for the server's own pages: where their key is.
HEADER, COOKIE = "X-Localaws-Key", "localaws"


def ask(url: str, region: str = REGION, ready: Path | None = None) -> dict:
    """Return what the server at `url` says of itself; ConnectionError if it is not.

    `ready` is the file that has its key; where it is not named, it is looked for. It is
    the member "ready" of what is returned, and the key is "key".
    """
    ready = ready or _ready_file(url)
    key = _read(ready).get("key", "") if ready else ""
    try:
        said = _asked(url, f"connection?region={region}", key)
        return {**said, "ready": str(ready or ""), "key": key}
    except urllib.error.HTTPError as error:
        raise ConnectionError(
            f'the server at "{url}" does not tell what it is ({error}): it is another '
            "user's, or LOCALAWS_READY has to name the file server.json of its folder."
        ) from error
    except (OSError, ValueError, HTTPException) as error:
        raise ConnectionError(
            f'no localaws server answers at "{url}" ({error}). Start one with '
            '"localaws start", or unset LOCALAWS_URL to have one started for you.'
        ) from error


def advance(url: str, seconds: float) -> float:
    """Move the time of the server at `url` forward; return it, in seconds since 1970.

    Schedules fire, alarms are evaluated and waits end as if the time had passed.
    ValueError for a time that the server does not take: less than 0, more than a day.
    """
    ready = _ready_file(url)
    key = _read(ready).get("key", "") if ready else ""
    try:
        return float(_asked(url, f"clock?seconds={seconds}", key, "POST", 600)["now"])
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error).get("message", str(error))) from error


def _asked(
    url: str, page: str, key: str, method: str = "GET", patience: float = 10
) -> dict:
    """Return what one of the server's own pages answers."""
    address = f"{url.rstrip('/')}/_localaws/{page}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(address, headers={HEADER: key}, method=method)
    with opener.open(request, timeout=patience) as answer:
        return json.load(answer)


def console(said: Mapping) -> str:
    """Return the address of a server's console, for a browser of its owner."""
    return str(said["url"] if said["open"] else f"{said['url']}/?key={said['key']}")


def _ready_file(url: str) -> Path | None:
    """Return the file, readable by its owner alone, that has the key of a server."""
    places = [Path(os.environ.get("LOCALAWS_READY") or os.devnull)]
    places += [state_folder() / "server.json", *_temporary()]
    for path in places:
        if str(_read(path).get("url", "")).rstrip("/") == url.rstrip("/"):
            return path
    return None


def _read(path: Path) -> dict:
    """Return what a server has written; nothing where that is not to be read."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads(path.read_text())
        return said if isinstance(said, dict) else {}
    return {}


def _temporary() -> list[Path]:
    """Return the files of the servers of this user that `client.fresh` started."""
    found = []
    for path in Path(tempfile.gettempdir()).glob(TEMPORARY):
        with contextlib.suppress(OSError):
            found += [path] if path.stat().st_uid == os.getuid() else []
    return found


def state_folder() -> Path:
    """Return the folder of the server that `localaws start` starts."""
    if chosen := os.environ.get("LOCALAWS_FOLDER"):
        return Path(chosen).expanduser().resolve()
    import platformdirs

    return Path(platformdirs.user_cache_dir("localaws"))


def started_url(folder: Path | None = None) -> str | None:
    """Return the address of the server that `localaws start` started, if it answers."""
    said = started(folder)
    return said["url"] if said else None


def started(folder: Path | None = None) -> dict | None:
    """Return what the server says of itself that `localaws start` started.

    What a server left that died without a goodbye is removed, also where another
    server answers now at its address.
    """
    folder = (folder or state_folder()).resolve()
    path = folder / "server.json"
    if not path.is_file():
        return None
    try:
        said = ask(_read(path)["url"], ready=path)
    except (ConnectionError, ValueError, KeyError, TypeError, AttributeError):
        said = {}
    if Path(said.get("folder", "")).resolve() != folder:
        path.unlink(missing_ok=True)
        return None
    return said


def temporary_servers() -> list[dict]:
    """Return what each server says of itself that `client.fresh` started."""
    found = []
    for path in _temporary():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(ask(_read(path)["url"], ready=path))
    return found
