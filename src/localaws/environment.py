"""Variables and files of a process that works with a server, or that is one.

Of the reader's own files the names of the profiles are known, and nothing else.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from localaws.site import SITE

CONFIG = """\
SchemaVersion: "1.0"
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: {bucket}
"""
CHOSEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")  # the variables that name a profile
_HEADING = re.compile(r"\s*\[([^\]]+)\]")


def server_environment() -> dict[str, str]:
    """Return the environment of a server: this one without anything of AWS.

    botocore would read the reader's files in the server as well.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    kept.pop("LOCALAWS_URL", None)
    source = str(Path(__file__).parents[1])
    search = kept.get("PYTHONPATH", "").split(os.pathsep)
    others = [path for path in search if path and path != str(SITE)]
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    none = dict.fromkeys(files, os.devnull)
    return {**kept, **none, "PYTHONPATH": os.pathsep.join([source, *others])}


def client_environment(
    said: Mapping, folder: Path, before: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that point a process and its children at a server.

    `folder` receives the configuration files that stand in for the reader's own: of
    these they have the names of the profiles.
    https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
    """
    write_profiles(folder, profiles(before), said["region"], said["credentials"])
    (folder / "sagemaker.yaml").write_text(CONFIG.format(bucket=said["bucket"]))
    (folder / "admin.yaml").write_text('SchemaVersion: "1.0"\n')
    search = [str(SITE), *before.get("PYTHONPATH", "").split(os.pathsep)]
    direct = ["127.0.0.1", "localhost", before.get("NO_PROXY", "")]
    proxies = ",".join(filter(None, direct))
    return {
        "LOCALAWS_URL": said["url"],
        "AWS_ENDPOINT_URL": said["url"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": said["region"],
        "AWS_DEFAULT_REGION": said["region"],
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        **said["credentials"],
        **{
            k: v
            for k, v in before.items()
            if k in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
        },
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "sagemaker.yaml"),
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(folder / "admin.yaml"),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, search))),
        "NO_PROXY": proxies,
        "no_proxy": proxies,
    }


def profiles(variables: Mapping[str, str]) -> list[str]:
    """Return the profiles that code may name: those of both files, and AWS_PROFILE.

    Of the files only the headings are looked at, and nothing is kept but names.
    https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
    """
    config = _headings(variables.get("AWS_CONFIG_FILE") or "~/.aws/config")
    secret = variables.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    found = [*map(_named, config), *_headings(secret), *map(variables.get, CHOSEN)]
    plain = [name for name in found if name and name.isprintable() and "]" not in name]
    return list(dict.fromkeys(("default", *plain)))


def write_profiles(
    folder: Path, names: Iterable[str], region: str, credentials: Mapping[str, str]
) -> None:
    """Write the files "config" and "credentials" that give all profiles the same.

    botocore ignores credentials in variables where code names a profile.
    """
    keys = "".join(f"{name.lower()} = {text}\n" for name, text in credentials.items())
    config, secret = "", ""
    for name in names:
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
