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
# What a server, and pip in the layers of its jobs, need of the environment.
_NEEDED = re.compile(
    "PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|XDG_.*|PYTHON.*"
    "|VIRTUAL_ENV|CONDA_.*|(DY)?LD_.*|LOCALAWS_(?!(URL|READY)$).*|MOTO_.*|PIP_.*|SSL_CERT_.*"
    "|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(HTTPS?|ALL)_PROXY|CUDA_.*|NVIDIA_.*|OMP_.*",
    re.IGNORECASE,
)
CHOSEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")  # the variables that name a profile
_HEADING = re.compile(r"\s*\[([^\]]+)\]")


def server_environment() -> dict[str, str]:
    """Return the environment of a server: what it needs of this one, no secrets.

    The programs of jobs can read it: on Linux a process may read those of its user.
    And botocore would read the reader's files in the server as well.
    """
    kept = {name: os.environ[name] for name in os.environ if _NEEDED.fullmatch(name)}
    source = str(Path(__file__).parents[1])
    search = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    others = [path for path in search if path and path != str(SITE)]
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    own = dict.fromkeys(files, os.devnull)
    own["PYTHONPATH"] = os.pathsep.join([source, *others])
    # glibc gives each thread memory of its own, and keeps what was freed: a third of
    # what a server takes. https://man7.org/linux/man-pages/man3/mallopt.3.html
    own |= {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "1048576"}
    return {**kept, **own, **_direct(os.environ)}


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
    (folder / "admin.yaml").touch()  # what is empty, the SDK does not validate
    search = [str(SITE), *before.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        "LOCALAWS_URL": said["url"],
        "LOCALAWS_READY": said["ready"],
        "AWS_ENDPOINT_URL": said["url"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": said["region"],
        "AWS_DEFAULT_REGION": said["region"],
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        **said["credentials"],
        **{name: before[name] for name in CHOSEN if name in before},
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "sagemaker.yaml"),
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(folder / "admin.yaml"),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, search))),
        **_direct(before),
    }


def _direct(before: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep requests to this machine off a proxy."""
    named = [before.get("NO_PROXY", ""), before.get("no_proxy", "")]
    hosts = dict.fromkeys(filter(None, ["127.0.0.1", "localhost", *named]))
    return dict.fromkeys(["NO_PROXY", "no_proxy"], ",".join(hosts))


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
