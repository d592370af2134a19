"""The exercises of lesson 25: answers that are wrong, right, and not attempted."""

import copy
import io
import json

import numpy as np

from course import prices
from course.check import lambda_and_containers as judges


def as_is(event, context):
    """The handler of the lesson, which a REST API answers with 502."""
    return {"statusCode": 200, "body": {"count": len(images_of(event))}}


def images_of(event):
    return json.loads(event["body"])["images"]


def mended(event, context=None, *, status=200, bad=400, text=json.dumps, **more):
    try:
        count = len(images_of(event))
    except ValueError:
        return {"statusCode": bad, "body": "no JSON"}
    return {"statusCode": status, "body": text({"count": count}), **more}


def careful(event, context):
    """Another way to write it, with headers."""
    headers = {"content-type": "application/json"}
    try:
        request = json.load(io.StringIO(event["body"]))
    except json.JSONDecodeError as error:
        return {"statusCode": 400, "headers": headers, "body": repr(error)}
    body = f'{{"count":{len(request["images"])}}}'
    plain = {"isBase64Encoded": False, "multiValueHeaders": {}}
    return {"statusCode": 200, "headers": headers, "body": body, **plain}


def only_a_first_image(event, context):
    said = mended(event)
    return {**said, "body": '{"count": 1}'} if said["statusCode"] == 200 else said


def without_marks(seen):
    return {k: v for k, v in seen.items() if ".wh." not in k}


def put_together(layers):
    return {name: data for files in layers for name, data in files.items()}


def files_alone(layers):
    """Hides files, and no folders."""
    seen = {}
    for files in layers:
        for name in files:
            if ".wh." in name:
                seen.pop(name.replace(".wh.", ""), None)
        seen |= without_marks(files)
    return seen


def hide(seen, name, below=True):
    """What stays of files when a mark hides some."""
    folder, slash, last = name.rpartition("/")
    if last == ".wh..wh..opq":
        return {k: v for k, v in seen.items() if not k.startswith(folder + slash)}
    gone = folder + slash + last[4:]
    return {
        k: v
        for k, v in seen.items()
        if k != gone and not (below and k.startswith(f"{gone}/"))
    }


def marks(files):
    return [name for name in files if name.rpartition("/")[2].startswith(".wh.")]


def seen_of(layers, hide=hide, before=True, marks=marks):
    seen = {}
    for files in layers:
        added = {k: v for k, v in files.items() if k not in marks(files)}
        seen = seen if before else {**seen, **added}
        for name in marks(files):
            seen = hide(seen, name)
        seen = {**seen, **added} if before else seen
    return seen


def from_above(layers):
    """Looks from the top down, and keeps a list of what is hidden."""
    seen, gone, folders = {}, set(), []
    for files in reversed(layers):
        names = set(marks(files))
        for name in files.keys() - names - seen.keys():
            parts = name.split("/")
            above = {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
            if not above & gone and not name.startswith(tuple(folders)):
                seen[name] = files[name]
        for name in names:
            folder, slash, last = name.rpartition("/")
            if last == ".wh..wh..opq":
                folders.append(folder + slash)
            else:
                gone.add(folder + slash + last.removeprefix(".wh."))
    return seen


def prefix(seen, name):
    """Takes "da" for a part of "d"."""
    folder, slash, last = name.rpartition("/")
    gone = folder + slash + last[4:]
    if last == ".wh..wh..opq":
        return hide(seen, name)
    return {k: v for k, v in seen.items() if not k.startswith(gone)}


def changed(layers):
    """Removes the marks from the layers themselves."""
    seen = seen_of(layers)
    for files in layers:
        for name in marks(files):
            del files[name]
    return seen


def even(memory, milliseconds, hourly):
    return 720 * hourly / prices.invocation(memory, milliseconds)


WRONG = {
    "counted": {
        "as it is": as_is,
        "a dict": lambda e, c: mended(e, text=lambda said: said),
        "Python's text": lambda e, c: mended(e, text=str),
        "bytes": lambda e, c: mended(e, text=lambda said: json.dumps(said).encode()),
        "JSON of JSON": lambda e, c: mended(
            e, text=lambda said: json.dumps(json.dumps(said))
        ),
        "all as text": lambda e, c: json.dumps(mended(e)),
        "the body alone": lambda e, c: mended(e)["body"],
        "always one": only_a_first_image,
        "a text as status": lambda e, c: mended(e, status="200"),
        "created": lambda e, c: mended(e, status=201),
        "its own fault": lambda e, c: mended(e, bad=500),
        "fine": lambda e, c: mended(e, bad=200),
        "a member of its own": lambda e, c: mended(e, count=1),
        "headers as a list": lambda e, c: mended(e, headers=["a"]),
        "base64": lambda e, c: mended(e, isBase64Encoded=True),
        "the body of the answer too many": lambda e, c: {
            **mended(e),
            "body": json.dumps({"count": len(e["body"])}),
        },
        "nothing": lambda e, c: None,
        "without a context": lambda e: mended(e),
    },
    "unpacked": {
        "put together": put_together,
        "marks left out": lambda layers: without_marks(put_together(layers)),
        "the top alone": lambda layers: without_marks(layers[-1]),
        "the lowest alone": lambda layers: without_marks(layers[0]),
        "files alone": files_alone,
        "folders stay": lambda layers: seen_of(
            layers, lambda s, n: hide(s, n, below=False)
        ),
        "too late": lambda layers: seen_of(layers, before=False),
        "prefixes": lambda layers: seen_of(layers, prefix),
        "turned round": lambda layers: seen_of(layers[::-1]),
        "no opaque folders": lambda layers: seen_of(
            layers, lambda s, n: s if n.endswith(".opq") else hide(s, n)
        ),
        "any name with a mark": lambda layers: seen_of(
            layers, marks=lambda files: [n for n in files if ".wh." in n]
        ),
        "hidden for ever": lambda layers: {
            k: v
            for k, v in seen_of(layers).items()
            if all(k in hide({k: v}, m) for files in layers for m in marks(files))
        },
        "names": lambda layers: list(seen_of(layers)),
        "empty files": lambda layers: dict.fromkeys(seen_of(layers), b""),
        "marks stay": lambda layers: seen_of(layers) | {".wh.a": b""},
        "changes the layers": changed,
        "nothing": lambda layers: None,
    },
    "always_on": {
        "the misconception": 37.44e6,
        "in millions": 9.65,
        "an hour": 13400,
        "a second": 3.7,
        "a million": 1e6,
        "with the API": 720 * 0.0104 / (prices.invocation(1769, 20) + 1e-6),
        "of 128 MB": even(128, 20, 0.0104),
        "of a second": even(1769, 1000, 0.0104),
        "of an ml.m5.large": even(1769, 20, 0.115),
        "infinite": np.inf,
        "text": "many",
        "negative": -9.6e6,
        "a list": [9.6e6, 1],
    },
}
RIGHT = {
    "counted": [mended, careful, lambda *told: mended(told[0])],
    "unpacked": [seen_of, from_above, lambda layers: judges.visible(layers)],
    "always_on": [even(1769, 20, 0.0104), 9_650_000, np.float32(9.652e6)],
}
SAYS = {
    "counted": {"as it is": "502", "its own fault": "the client's fault"},
    "unpacked": {
        "marks left out": "is hidden, and you show it",
        "put together": "is a mark",
        "prefixes": "is missing",
    },
    "always_on": {"the misconception": "price of the calls alone"},
}
STUBS = {
    "counted": lambda event, context: ...,
    "unpacked": lambda layers: ...,
    "always_on": ...,
}
NEEDS = {"json": json, "prices": prices}
RNG = np.random.default_rng(25)
STACKS = [layers for layers, _ in judges.SMALL] + [judges.stack(RNG) for _ in range(40)]
BODIES = [*(json.dumps({"images": [[0.5]] * n}) for n in (1, 3)), "{", ""]
PROBES = {
    "counted": lambda answer: [
        _told(answer({"body": body, "isBase64Encoded": False}, None)) for body in BODIES
    ],
    "unpacked": lambda answer: [
        number for layers in STACKS for number in _seen(answer, layers)
    ],
}


def _told(said):
    """What of an answer can be told apart, as numbers; -1 where there is no count."""
    status, body = said["statusCode"], said["body"]
    count = json.loads(body)["count"] if status == 200 else -1
    kinds = [type(status) is int, isinstance(body, str), set(said) <= judges.MEMBERS]
    rest = [not said.get("isBase64Encoded"), isinstance(said.get("headers", {}), dict)]
    return [int(status), count, *map(int, kinds + rest)]


def _seen(answer, layers):
    """Each name and its bytes as a number, and whether the layers are as before."""
    given = copy.deepcopy(layers)
    seen = answer(given)
    numbers = [sum(seen[name]) + 1000 * len(name) for name in sorted(seen)]
    return [*numbers, int(given == layers)]


def test_marks_hide_what_is_below_them_whatever_their_order():
    for layers, _ in judges.SMALL:
        backwards = [dict(reversed(files.items())) for files in layers]
        assert judges.visible(backwards) == judges.visible(layers)
