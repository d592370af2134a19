"""What a training job leaves: the folders of its hosts become objects in S3."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from localaws.machine.archives import pack, relink
from localaws.machine.sandbox import ROOT
from localaws.records.s3 import split_uri

# In one request, as far as S3 takes it: moto joins the parts of an upload in memory,
# which takes three times as long and half as much memory again.
WHOLE = TransferConfig(multipart_threshold=4 * 1024**3, multipart_chunksize=1024**3)


def merge(roots: Sequence[Path], below: str) -> Path:
    """Move what the later hosts have in a folder into the first's, and return that.

    `roots` are the folders that the hosts see as /opt/ml. A link that a job made to an
    absolute place in the folder leads there from wherever the folder will be.

    All hosts of a job share one archive. A file that several hosts wrote is the first
    host's: AWS does not say whose it is.
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    first, *others = folders = [root / below for root in roots]
    for folder in folders:
        relink(folder, f"{ROOT}/{below}")
    for other in others:
        for path in sorted(other.rglob("*")):
            target = first / path.relative_to(other)
            if path.is_dir() and not path.is_symlink():
                target.mkdir(exist_ok=True)
            elif not os.path.lexists(target):
                path.rename(target)
    return first


def store_archive(s3: Any, folder: Path, uri: str, scratch: Path) -> str:
    """Pack a folder and store it; it appears whole or not at all. Returns its URI."""
    bucket, key = split_uri(uri)
    archive = scratch / Path(key).name
    pack(folder, archive)
    s3.upload_file(str(archive), bucket, key, Config=WHOLE)
    archive.unlink()
    return uri


def store_files(s3: Any, folder: Path, uri: str) -> str:
    """Store the files of a folder under a prefix, uncompressed. Returns the prefix.

    S3 has no links: where one leads inside the folder, its files are stored there too.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
    """
    bucket, prefix = split_uri(uri)
    for path in _files(folder):
        key = prefix + path.relative_to(folder).as_posix()
        s3.upload_file(str(path), bucket, key, Config=WHOLE)
    return uri


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, and below the links to folders in it.

    A link is followed once, so that no circle is: not from a folder behind a link, and
    not to one that it stands in.
    """
    top = os.path.realpath(folder)
    for place, names, files in os.walk(top, followlinks=True):
        here = os.path.realpath(place)
        for name in [one for one in names if os.path.islink(os.path.join(place, one))]:
            target = os.path.realpath(os.path.join(place, name))
            inside = target.startswith(f"{top}/")
            if here != place or not inside or f"{here}/".startswith(f"{target}/"):
                names.remove(name)
        found = (folder / os.path.relpath(place, top) / name for name in sorted(files))
        yield from filter(Path.is_file, found)
