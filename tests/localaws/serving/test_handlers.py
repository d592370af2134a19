"""A script's functions are called as its toolkit calls them, whatever the container."""

import pytest
from served import ECHO, JSON, ask

from localaws.serving.exchange import Request
from localaws.serving.handlers import Context, accepted, with_context


@pytest.mark.parametrize("framework", ["pytorch", "scikit-learn", "huggingface"])
def test_own_functions_are_called_the_same_way_in_each_container(serve, framework):
    script = ECHO.replace(', "text/plain"', "")
    status, body, _ = ask(serve(script, framework), b"[]", JSON, JSON)
    assert (status, body) == (200, b"str,application/json,model,application/json")


def test_a_function_takes_the_context_or_not_and_nothing_else():
    assert with_context(lambda a, b: (a, b), 2)(1, 2, context=3) == (1, 2)
    assert with_context(lambda a, b, c: c, 2)(1, 2, context=3) == 3
    with pytest.raises(TypeError, match="takes 1 arguments but 2 were given"):
        with_context(lambda a: a, 2)


def test_a_context_has_the_headers_of_the_request(tmp_path):
    context = Context(tmp_path, Request(b"", None, None, {"X-Own": "1"}))
    assert context.get_request_header(0, "x-own") == "1"
    assert context.get_request_header(0, "absent") is None
    context.set_response_status(201)
    context.set_response_header(0, "X-Back", "2")
    assert (context.status, context.response_headers) == (201, {"X-Back": "2"})


@pytest.mark.parametrize("accept", [None, "*/*", "text/csv"])
def test_who_accepts_anything_gets_what_the_container_says(monkeypatch, accept):
    monkeypatch.setenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/x")
    expected = accept if accept == "text/csv" else "text/x"
    assert accepted(Request(b"", JSON, accept)) == expected


def test_a_default_that_cannot_load_says_that_it_stands_for_a_script(serve, tmp_path):
    (tmp_path / "code").mkdir()
    words = r'Exactly one .* \[\] "absent\.py" is not in "code/": the default functions'
    with pytest.raises(RuntimeError, match=words):
        serve(SAGEMAKER_PROGRAM="absent.py")
