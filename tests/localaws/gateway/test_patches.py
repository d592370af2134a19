"""patchOperations change what AWS lets change, in the types of its members."""

import pytest

from localaws.api.errors import ServiceError
from localaws.gateway import patches

API = patches.shape_of("GetRestApi")
METHOD = patches.shape_of("GetMethod")


def patched(record, shape, *operations, allowed=None):
    rows = [dict(zip(("op", "path", "value"), row, strict=False)) for row in operations]
    names = allowed or shape.members
    patches.apply(record, rows, shape, names)
    return record


def test_values_get_the_types_of_their_members():
    changes = [
        ("replace", "/name", "b"),
        ("replace", "/disableExecuteApiEndpoint", "true"),
        ("replace", "/minimumCompressionSize", "10"),
        ("remove", "/description"),
    ]
    record = {"name": "a", "description": "d"}
    assert patched(record, API, *changes) == {
        "name": "b",
        "disableExecuteApiEndpoint": True,
        "minimumCompressionSize": 10,
    }


def test_lists_and_maps_are_changed_by_their_parts():
    changes = [
        ("add", "/binaryMediaTypes/image~1png"),
        ("add", "/binaryMediaTypes", "a/b"),
        ("add", "/binaryMediaTypes/a~1b"),
        ("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"),
    ]
    record = {"endpointConfiguration": {"types": ["EDGE"]}}
    found = patched(record, API, *changes)
    assert found["binaryMediaTypes"] == ["image/png", "a/b"]
    assert found["endpointConfiguration"] == {"types": ["REGIONAL"]}
    found = patched(found, API, ("remove", "/binaryMediaTypes/image~1png"))
    assert found["binaryMediaTypes"] == ["a/b"]
    name = "/requestParameters/method.request.querystring.q"
    found = patched({}, METHOD, ("add", name, "true"))
    assert found == {"requestParameters": {"method.request.querystring.q": True}}
    assert patched(found, METHOD, ("remove", name)) == {"requestParameters": {}}


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (("replace", "/id", "x"), "Must be one of"),
        (("replace", "name", "x"), "begin with"),
        (("copy", "/name", "x"), "Invalid patch operation"),
        (("replace", "/disableExecuteApiEndpoint", "maybe"), "Invalid value 'maybe'"),
        (("replace", "/name/more", "x"), "Invalid patch path"),
        (("replace", "/endpointConfiguration", "x"), "name a part"),
        (("replace", "/binaryMediaTypes/a/b", "x"), "Invalid patch path"),
        (("replace", "/endpointConfiguration/what", "x"), "Invalid patch path"),
    ],
)
def test_what_cannot_be_changed_is_refused(operation, words):
    allowed = [name for name in API.members if name != "id"]
    with pytest.raises(ServiceError, match=words):
        patched({"id": "a", "name": "a"}, API, operation, allowed=allowed)
