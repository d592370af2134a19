"""The exercises of lesson 25: an answer, layers, and what a machine is worth."""

import json

import numpy as np

from course.check import (
    Wrong,
    as_number,
    call,
    describe,
    exercise,
    expect,
)

MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


@exercise(
    'The "body" of the answer has to be a text: json.dumps makes one.',
    "json.loads raises ValueError for a body that is no JSON.",
)
def counted(answer):
    """A handler: 200 with JSON, `{"count": n}`, or 400 where the body is no JSON."""
    rng = np.random.default_rng()
    for count in (1, int(rng.integers(2, 9)), int(rng.integers(9, 40))):
        images = rng.random((count, 3)).round(2).tolist()
        said = _answer(answer, json.dumps({"images": images}))
        expect(
            said["statusCode"] == 200,
            f"for {count} image(s) the status is {said['statusCode']!r}, expected 200.",
        )
        expect(
            _json(said["body"]) == {"count": count},
            f"for {count} image(s) the body is {said['body'][:60]!r}; it has to be "
            f'JSON: {{"count": {count}}}.',
        )
    for body in ("", "{", "three", '{"images": [[0.5'):
        status = _answer(answer, body)["statusCode"]
        expect(
            status == 400,
            f"for the body {body!r}, which is no JSON, the status is {status!r}: it is "
            "the client's fault, so say 400.",
        )
    return "Texts both ways: what lies between is yours."


def _answer(answer, body: str) -> dict:
    """What a handler answers to a body; Wrong where a REST API would say 502."""
    # a context has no use here, yet a handler takes one
    handler = answer if not callable(answer) else lambda event: answer(event, None)
    said = call(handler, event={"body": body, "isBase64Encoded": False})
    expect(isinstance(said, dict), f"return a dict; it returned {describe(said)}.")
    expect(
        {"statusCode", "body"} <= set(said) <= MEMBERS,
        f'the answer has "statusCode" and "body"; yours has {sorted(map(str, said))}.',
    )
    expect(
        type(said["statusCode"]) is int,
        f"the status is a whole number; yours is {describe(said['statusCode'])}.",
    )
    expect(
        isinstance(said["body"], str),
        f"the body is {describe(said['body'])}: a REST API answers that with 502. "
        "Make it a text.",
    )
    expect(isinstance(said.get("headers", {}), dict), "the headers are no dict.")
    expect(not said.get("isBase64Encoded"), "the body is plain, not in base64.")
    return said


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


@exercise(
    "Take the layers from below. First remove what a layer hides, then add its files.",
    "A folder is hidden with all that begins with its name and a slash.",
    'name.rpartition("/") gives the folder, and the last part of a path.',
)
def unpacked(answer):
    """A function layers -> the files that are seen, a dict from path to bytes."""
    rng = np.random.default_rng()
    for layers in (*(case for case, _ in SMALL), *(stack(rng) for _ in range(30))):
        seen = call(answer, layers=layers)
        expect(isinstance(seen, dict), f"return a dict; it returned {describe(seen)}.")
        _compare(seen, visible(layers), layers)
    return "A file that a layer hides is still in the layer below."


SMALL = (
    ([{"a": b"1", "b": b"2"}, {"a": b"3"}], "a later layer wins."),
    ([{"a": b"1", "b": b"2"}, {".wh.a": b""}], "a is hidden."),
    ([{"d/a": b"1", "da": b"2", "e/d/a": b"3"}, {".wh.d": b""}], "d is a folder."),
    ([{"d/a": b"1"}, {"d/.wh.a": b"", "d/b": b"2"}, {"d/a": b"3"}], "a is back."),
    ([{"d/a": b"1", "b": b"2"}, {"d/.wh..wh..opq": b"", "d/c": b"3"}], "d is new."),
    ([{"a": b"1"}, {".wh.a": b"", "b": b"2"}, {"c": b"3"}], "a stays hidden."),
    ([{"a": b"1"}, {"a": b"2", ".wh.a": b""}], "a layer hides what is below it."),
)
NAMES = "a", "b", "c", "ab", "d/a", "d/b", "da/b", "d/e/a", "d/e/b", "e/d/a", "f.wh.g"
FOLDERS = "d", "d/e", "e"


def stack(rng: np.random.Generator) -> list[dict[str, bytes]]:
    """Some layers whose files hide and replace each other."""
    layers = []
    for _ in range(int(rng.integers(1, 6))):
        names = rng.choice(NAMES, size=int(rng.integers(0, 7)), replace=False)
        files = {str(name): rng.bytes(3) for name in names}
        for name in rng.choice([*NAMES, *FOLDERS], size=2, replace=False):
            above, slash, last = str(name).rpartition("/")
            if name in FOLDERS and rng.random() < 0.5:
                files[f"{name}/.wh..wh..opq"] = b""
            elif rng.random() < 0.6:
                files[f"{above}{slash}.wh.{last}"] = b""
        order = rng.permutation(sorted(files)).tolist()
        layers.append({name: files[name] for name in order})
    return layers


def visible(layers: list[dict[str, bytes]]) -> dict[str, bytes]:
    """What is seen of layers, the lowest first.

    https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
    """
    seen: dict[str, bytes] = {}
    for files in layers:
        for name in files:
            folder, slash, last = name.rpartition("/")
            if last == ".wh..wh..opq":
                seen = {
                    k: v for k, v in seen.items() if not k.startswith(folder + slash)
                }
            elif last.startswith(".wh."):
                gone = folder + slash + last.removeprefix(".wh.")
                below = f"{gone}/"
                seen = {
                    k: v
                    for k, v in seen.items()
                    if k != gone and not k.startswith(below)
                }
        added = {k: v for k, v in files.items() if not _is_mark(k)}
        seen = {**seen, **added}
    return seen


def _is_mark(name: str) -> bool:
    return name.rpartition("/")[2].startswith(".wh.")


def _compare(seen: dict, expected: dict[str, bytes], layers: list) -> None:
    """Raise Wrong with the first file that is not as it has to be."""
    shown = [sorted(files) for files in layers]
    marks = [name for name in seen if isinstance(name, str) and _is_mark(name)]
    expect(not marks, f"{marks[:1]} is a mark, and no file that is seen.")
    for name in sorted(expected.keys() - seen.keys())[:1]:
        raise Wrong(f'"{name}" is missing, of the layers {shown}.')
    for name in [name for name in seen if name not in expected][:1]:
        raise Wrong(f'"{name}" is hidden, and you show it, of the layers {shown}.')
    for name in [name for name in expected if seen[name] != expected[name]][:1]:
        raise Wrong(f'"{name}" is not what the last layer with it says, of {shown}.')


@exercise(
    "prices.invocation(1769, 20) is what one request costs, in dollars.",
    "The machine costs prices.PER_HOUR['t3.micro'] for each of 720 hours.",
)
def always_on(requests):
    """The requests a month above which a t3.micro is cheaper: 1,769 MB, 20 ms."""
    value = as_number(requests, "the requests")
    expect(
        not 36e6 < value < 39e6,
        "that is where the price of the calls alone would be the machine's. The time "
        "that they take is paid too.",
    )
    expect(value > 1e5, f"so few? {value:,.0f} a month. Is it in millions, or an hour?")
    expect(9.6495e6 < value < 9.6545e6, f"{value:,.0f} requests a month are not it.")
    return (
        "Some four in a second, all day. A machine that does nothing else could answer "
        "more: idle time is what you choose between."
    )
