"""The model server on its own: one call at a time, a kept connection, errors."""

import http.client
from concurrent.futures import ThreadPoolExecutor

from served import ECHO, JSON, ask


def test_an_exception_is_a_500_with_its_message_and_the_scripts_line(serve):
    script = ECHO.replace("return [*data, model]", "return data['pixels']")
    status, body, _ = ask(serve(script), b"[]", JSON)
    assert status == 500
    assert body.decode().startswith("list indices must be integers")
    assert "data['pixels']" in body.decode() and "localaws" not in body.decode()


def test_a_toolkit_error_chooses_its_own_status(serve):
    server = serve(
        ECHO
        + """
class BadRequest(Exception):
    status_code, message, phrase = 422, "three pixels are missing", "no"

def input_fn(body, content_type):
    raise BadRequest
"""
    )
    status, body, _ = ask(server, b"[]", JSON)
    assert status == 422
    assert body.startswith(b"three pixels are missing")


def test_functions_are_never_called_at_the_same_time(serve):
    script = ECHO.replace(
        "return [*data, model]",
        """
    import time
    global inside
    inside = globals().get("inside", 0) + 1
    time.sleep(0.01)
    seen, inside = inside, inside - 1
    return [str(seen)]""",
    )
    port = serve(script).port

    def one(_):
        return ask(http.client.HTTPConnection("127.0.0.1", port), b"", JSON)[1]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(24)))
    assert answers == [b"1,application/json"] * 24


def test_a_connection_stays_open_and_unknown_paths_are_404(serve):
    server = serve(ECHO)
    codes = []
    for method, path in [("GET", "/ping"), ("POST", "/nothing"), ("GET", "/ping")]:
        server.request(method, path, body=b"x" if method == "POST" else None)
        response = server.getresponse()
        response.read()
        codes.append((response.status, server.sock is not None))
    assert codes == [(200, True), (404, True), (200, True)]
