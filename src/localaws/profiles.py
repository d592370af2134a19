"""The names of the reader's AWS profiles, and nothing else that belongs to them."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

CHOSEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")  # the variables that name a profile
_HEADING = re.compile(r"\s*\[([^\]]+)\]")


def names(variables: Mapping[str, str]) -> list[str]:
    """Return the profiles that code may name: those of both files, and AWS_PROFILE.

    Of the files only the headings are looked at, and nothing is kept but names.
    https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
    """
    config = _headings(variables.get("AWS_CONFIG_FILE") or "~/.aws/config")
    secret = variables.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    found = [*map(_named, config), *_headings(secret), *map(variables.get, CHOSEN)]
    plain = [name for name in found if name and name.isprintable() and "]" not in name]
    return list(dict.fromkeys(("default", *plain)))


def write(
    folder: Path, profiles: Iterable[str], region: str, credentials: Mapping[str, str]
) -> None:
    """Write the files "config" and "credentials" that give all profiles the same.

    botocore ignores credentials in variables where code names a profile.
    """
    keys = "".join(f"{name.lower()} = {text}\n" for name, text in credentials.items())
    config, secret = "", ""
    for name in profiles:
        heading = name if name == "default" else f"profile {shlex.quote(name)}"
        config += f"[{heading}]\nregion = {region}\n"
        secret += f"[{name}]\n{keys}"
    (folder / "config").write_text(config)
    (folder / "credentials").touch(mode=0o600)
    (folder / "credentials").write_text(secret)


def _headings(path: str) -> list[str]:
    file = Path(os.path.expandvars(os.path.expanduser(path)))
    try:
        text = file.read_text(errors="replace")
    except OSError:  # there is none, or it is not to be read
        return []
    found = map(_HEADING.match, text.splitlines())
    return [match[1].strip() for match in found if match]


def _named(heading: str) -> str:
    """Return the name in a heading of the configuration file, if it is a profile's."""
    try:
        words = shlex.split(heading)
    except ValueError:
        return ""
    return words[1] if words[:1] == ["profile"] and len(words) == 2 else ""
