"""Arrays travel as they do to and from the serving containers."""

import pytest
from served import JSON, ask


@pytest.mark.parametrize(("kind", "accept"), [("text/x", JSON), (JSON, "text/x")])
def test_the_defaults_refuse_types_that_they_do_not_know(serve, kind, accept):
    script = "def model_fn(d): return 0\ndef predict_fn(data, model): return data"
    status, body, _ = ask(serve(script), b"[1]", kind, accept)
    assert status == 500
    assert b'"text/x" is not supported' in body
