"""Operations are registered under the names of their services; a part is there once."""

import botocore.session
import pytest
from moto.core.utils import get_pagination_model

from localaws import app  # registers all operations
from localaws.api import registry
from localaws.api.registry import OPERATIONS, PAGES, Context


@pytest.fixture
def context(tmp_path):
    return Context("http://127.0.0.1:1", "123456789012", tmp_path)


def test_a_part_is_the_one_object_of_its_class(context):
    class Part:
        pass

    assert context.find(Part) is None
    with pytest.raises(KeyError):
        context.part(Part)
    first = context.add(Part())
    assert context.part(Part) is first is context.find(Part)
    second = context.add(Part())
    assert context.part(Part) is second


def test_a_part_is_not_found_by_what_it_inherits(context):
    class Base:
        pass

    class Derived(Base):
        pass

    context.add(Derived())
    assert context.find(Base) is None


def test_starters_and_closers_are_kept_in_order(context):
    for number in (1, 2, 3):
        context.on_start(lambda n=number: n)
        context.on_close(lambda n=-number: n)
    assert [starter() for starter in context.starters] == [1, 2, 3]
    assert [closer() for closer in context.closers] == [-1, -2, -3]


def test_every_registered_operation_is_one_of_its_service():
    session = botocore.session.get_session()
    for service, name in OPERATIONS:
        assert name in session.get_service_model(service).operation_names
    assert len(OPERATIONS) >= 25


def test_no_two_handlers_share_a_key(monkeypatch):
    monkeypatch.setattr(registry, "OPERATIONS", {})
    registry.operation("CreateThing", "things")(lambda call: {})
    registry.operation("CreateThing", "others")(lambda call: {})
    with pytest.raises(ValueError, match="CreateThing of things has two handlers"):
        registry.operation("CreateThing", "things")(lambda call: {})


def test_a_function_is_registered_as_it_is(monkeypatch):
    monkeypatch.setattr(registry, "OPERATIONS", {})
    monkeypatch.setattr(registry, "PAGES", [])

    @registry.page(r"/a/(?P<name>[a-z]+)")
    @registry.operation("CreateThing", "things")
    def handler(call):
        return {}

    assert {("things", "CreateThing"): handler} == registry.OPERATIONS
    [(pattern, function)] = registry.PAGES
    assert function is handler
    assert pattern.fullmatch("/a/b").groupdict() == {"name": "b"}


def test_a_path_is_that_of_one_page_at_most():
    assert app.SERVICES
    paths = ["/_localaws/connection", "/_localaws/act", "/_localaws/buckets/b", "/"]
    for path in paths:
        found = [function for pattern, function in PAGES if pattern.fullmatch(path)]
        assert len(found) == 1, path


def test_the_folders_of_all_services_are_listed_once_for_all_models(monkeypatch):
    asked, exists = [], registry.Lean.exists

    def counted(loader, path):
        asked.append(path)
        return exists(loader, path)

    monkeypatch.setattr(registry.Lean, "exists", counted)
    get_pagination_model("sqs")  # lists them, unless that was done
    asked.clear()
    get_pagination_model.cache_clear()
    get_pagination_model("sns")
    get_pagination_model("events")
    assert len(asked) < 20  # a list asks for each of some 400 services
