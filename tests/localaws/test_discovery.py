"""A server is found by its file, and tells what it is to who has its key."""

import json
import urllib.error
import urllib.request

import pytest

from localaws import client, discovery


@pytest.fixture(
    scope="module", params=[[], ["--enforce-iam"]], ids=["plain", "enforced"]
)
def strict(request):
    opened = client.fresh(client.REGION, *request.param)
    yield opened
    opened.stop()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def fetch(url, **headers):
    """Return status, headers and body of a page, without going where it leads."""
    opener = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = opener.open(urllib.request.Request(url, headers=named), timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers, answer.read().decode()


def test_nobody_is_asked_at_an_address_without_a_server():
    with pytest.raises(ConnectionError, match="no localaws server answers"):
        discovery.ask("http://127.0.0.1:9")


def test_who_can_read_its_file_is_told_what_a_server_is(strict):
    said = discovery.ask(strict.url)
    assert said["enforce_iam"] == strict.enforce_iam and not said["open"]
    assert said["ready"].endswith("ready.json")
    assert said["url"] in [one["url"] for one in discovery.temporary_servers()]


def test_who_cannot_read_its_file_is_told_nothing(strict, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("LOCALAWS_READY", "LOCALAWS_FOLDER"):
        monkeypatch.setenv(name, str(tmp_path))
    with pytest.raises(ConnectionError, match="LOCALAWS_READY has to name"):
        discovery.ask(strict.url)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"url": 3}', '{"url": "x"}', "\x00", "null"]
)
def test_a_garbled_file_is_no_server(tmp_path, text):
    (tmp_path / "server.json").write_text(text)
    assert discovery.started(tmp_path) is None
    assert not (tmp_path / "server.json").exists()


PAGES = ["/_localaws/connection", "/_localaws/console", "/_localaws/buckets/b"]
PAGES += ["/_localaws/confirm", "/_localaws/console.css", "/"]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_shown_without_the_key(strict, page):
    browser = {"Accept": "text/html"}
    for wrong in ({}, {"X_Localaws_Key": "x"}, {"Cookie": "localaws=x"}):
        status, _, body = fetch(strict.url + page, **browser, **wrong)
        assert status == 403 and "want its key" in body
    status, _, _ = fetch(f"{strict.url}{page}?key=x", **browser)
    assert status == 403


def test_a_browser_keeps_the_key_that_its_first_address_has(strict):
    key = discovery.ask(strict.url)["key"]
    page = f"{strict.url}/_localaws/console?follow=no&key={key}"
    status, headers, body = fetch(page, Accept="text/html")
    assert (status, body) == (303, "")
    assert headers["Location"] == "/_localaws/console?follow=no"
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    there = strict.url + headers["Location"]
    status, _, body = fetch(there, Accept="text/html", Cookie=cookie.partition(";")[0])
    assert status == 200 and key not in body


def test_an_open_server_shows_its_pages_to_all():
    opened = client.fresh(client.REGION, "--open")
    try:
        page = f"{opened.url}/_localaws/console"
        assert fetch(page, Accept="text/html")[0] == 200
        told = json.loads(fetch(f"{opened.url}/_localaws/connection")[2])
        assert told["open"] and "key" not in told and opened.console == opened.url
    finally:
        opened.stop()
