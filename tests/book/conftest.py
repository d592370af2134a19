"""The site, built once from a copy of the repository, served and opened in Chromium."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest
import sample

from course.site import build_site

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Headless Chromium that resolves no name and records every request."""
    programs = [shutil.which("chromium"), shutil.which("chromedriver")]
    if not all(programs):
        absent = "no chromium and chromedriver on PATH: .ci/run installs them"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(absent)
    driver = start(*programs, tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()


def start(chromium: str, chromedriver: str, home: Path):
    """A browser whose profile and temporary files all lie below `home`."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    for switch in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "window-size=1280,900",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"user-data-dir={home / 'profile'}",
    ):
        options.add_argument(f"--{switch}")
    service = webdriver.ChromeService(
        chromedriver, env={**os.environ, "HOME": str(home), "TMPDIR": str(home)}
    )
    return webdriver.Chrome(options=options, service=service)
