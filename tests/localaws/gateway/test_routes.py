"""The route of a request is the one that says most of its path."""

import pytest

from localaws.gateway.routes import Route, Routes

# The routes and the examples of AWS's page on HTTP APIs, and some of REST APIs.
KEYS = (
    *("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}"),
    *("ANY /{proxy+}", "POST /pets/dog/1", "ANY /pets/dog/1", "GET /"),
)


def routes(*keys):
    rows = (key.rpartition(" ") for key in keys)
    return Routes(Route(method, path, None) for method, _, path in rows)


@pytest.mark.parametrize(
    ("method", "path", "key", "variables"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/1/", "GET /pets/dog/1", {}),
        ("PUT", "/pets/dog/1", "ANY /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/pets/dog/2", "ANY /{proxy+}", {"proxy": "pets/dog/2"}),
        ("GET", "/pets/dog/a%2Fb", "GET /pets/dog/{id}", {"id": "a/b"}),
        ("GET", "/", "GET /", {}),
        ("GET", "", "GET /", {}),
    ],
)
def test_the_best_route_is_found(method, path, key, variables):
    route, found = routes(*KEYS).find(method, path)
    assert (route.key, found) == (key, variables)


def test_what_fits_no_route_takes_the_default_or_none():
    assert routes("GET /a", "GET /a/{b}/c").find("GET", "/a/b/d") is None
    assert routes("GET /a").find("POST", "/a") is None
    assert routes("GET /a/{b}").find("GET", "/a/") is None
    route, found = routes("GET /a", "$default").find("POST", "/a")
    assert (route.key, found) == ("$default", {})


def test_a_part_of_its_own_comes_before_a_variable():
    both = routes("GET /{a}/x", "GET /b/{c}", "GET /{p+}")
    assert both.find("GET", "/b/x")[0].key == "GET /b/{c}"
    assert both.find("GET", "/a/x")[0].key == "GET /{a}/x"
    assert both.find("GET", "/a/y")[0].key == "GET /{p+}"
