"""The site, built once from a copy of the repository, served and opened in Chromium."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import chromium
import pytest
import sample

from course.tools.site.build import build_site

ROOT = Path(__file__).resolve().parents[2]
MODE = "localStorage.setItem('mode', '%s'); localStorage.setItem('theme', '%s')"
SAMPLES = "  - caption: Samples\n    lessons: [90, 99]\n  - caption: Reference"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    """A server that takes it calmly when a browser leaves a page half loaded."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


@pytest.fixture(scope="session")
def html(tmp_path_factory):
    """The built site: every page and lesson of the course, and two sample lessons."""
    root = tmp_path_factory.mktemp("clone")
    skip = shutil.ignore_patterns("_build", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "book", root / "book", ignore=skip)
    for lesson in (ROOT / "notebooks").glob("*.ipynb"):
        (root / "notebooks").mkdir(exist_ok=True)
        shutil.copy(lesson, root / "notebooks")
    sample.write(root / "notebooks")
    toc = root / "book" / "_toc.yml"
    toc.write_text(toc.read_text().replace("  - caption: Reference", SAMPLES))
    return build_site(root).parent


@pytest.fixture(scope="session")
def address(html):
    """Where the site is served, on loopback."""
    handler = functools.partial(QuietHandler, directory=str(html))
    server = QuietServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")  # a page that stays open takes a sixth of a core
def browser():
    """Headless Chromium that resolves no name and records every request."""
    with chromium.started() as driver:
        yield driver


@pytest.fixture(scope="module")
def open_page(browser, address):
    """Opens a page of the site in light mode and returns the browser."""

    def opened(page, mode="light"):
        with chromium.before_each_page(browser, MODE % (mode, mode)):
            browser.get(address + page)
        chromium.wait(
            browser, chromium.idle
        )  # formulas that are still to come move what is below them
        return browser

    return opened
