"""Keys in their order, of which some sleep until somebody asks for them."""

import threading
from types import SimpleNamespace

import pytest
from moto.s3.exceptions import MissingKey
from moto.s3.models import FakeBucket
from moto.s3.utils import _VersionedKeyStore

from localaws.persistence.keys import Keys, Line, keys_of

LINE = Line('"e"', 3, "2026-01-01T00:00:00.000Z", "STANDARD", None)


@pytest.fixture
def keys():
    made = Keys()
    made.woken = []

    def wake(key):
        made.woken.append(key)
        return [SimpleNamespace(name=key, dispose=lambda: None)]

    made.wake = wake
    for key in ("b", "a", "c"):
        made.sleep(key, LINE)
    return made


def test_a_list_wakes_nobody(keys):
    assert keys.names() == ["a", "b", "c"] and keys.line("b") == LINE
    assert len(keys) == 3 and "a" in keys and keys.woken == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda keys: keys["b"],
        lambda keys: keys.get("b"),
        lambda keys: keys.getlist("b")[0],
        lambda keys: dict(keys.items())["b"],
        lambda keys: dict(keys.iterlists())["b"][0],
    ],
)
def test_who_asks_for_an_object_wakes_it_once(keys, ask):
    assert ask(keys).name == "b" and ask(keys) is ask(keys)
    assert keys.woken.count("b") == 1 and not keys.sleeps("b")


def test_threads_wake_one_object_and_share_it(keys):
    gate, found = threading.Barrier(8), []

    def ask():
        gate.wait()
        found.append(keys["a"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys.woken == ["a"] and len({id(one) for one in found}) == 1


def test_the_order_follows_every_change(keys):
    version = SimpleNamespace(name="ab", dispose=lambda: None)
    keys["ab"] = version
    keys["ab"] = version  # a second version is no second key
    keys.setlist("bb", [version])
    keys.setlist("bb", [version])
    keys.pop("b")
    keys.drop("c")
    keys.drop("none")
    assert keys.names() == ["a", "ab", "bb"] == sorted(keys)
    with pytest.raises(KeyError):
        keys["b"]


def test_each_bucket_of_moto_has_such_keys():
    bucket = FakeBucket.__new__(type("Bucket", (FakeBucket,), {}))
    bucket.keys = Keys()
    assert keys_of(bucket) is bucket.keys
    assert isinstance(bucket.keys, _VersionedKeyStore)


def test_a_key_that_cannot_be_woken_is_none(keys):
    def fail(key):
        raise KeyError(key)

    keys.wake = fail
    with pytest.raises(MissingKey):
        keys["b"]
    assert keys.get("a") is None and keys.getlist("a", []) == []
    assert keys.names() == ["c"] and "a" not in keys


@pytest.mark.parametrize("name", ["items", "values", "iterlists"])
def test_who_looks_at_all_keys_misses_what_is_deleted_meanwhile(keys, name):
    found = getattr(keys, name)()
    next(found)
    keys.pop("b")
    assert len(list(found)) == 1
