"""The picture of the site in the README: two of its pages, as Chromium shows them."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

VIEWS = (("intro.html", ""), ("notebooks/03_activations.html", "a-fold-in-the-plane"))
SIZE = (1180, 1100)  # pixels of each page, before they are halved
COLOURS = 192
SWITCHES = ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars")


def take(html: Path, target: Path) -> None:
    """Put a small PNG with the home page, beside a page of a lesson, at `target`.

    Raises RuntimeError where there is no Chromium.
    """
    from PIL import Image

    with _browser() as browser:
        shots = [_shot(browser, html / page, place) for page, place in VIEWS]
    width, height = SIZE[0] // 2, SIZE[1] // 2
    whole = Image.new("RGB", (2 * width + 8, height), "#7487a0")
    for number, shot in enumerate(shots):
        half = Image.open(io.BytesIO(shot)).convert("RGB").resize((width, height))
        whole.paste(half, (number * (width + 8), 0))
    temporary = target.with_suffix(".part")
    whole.quantize(COLOURS).save(temporary, "PNG", optimize=True)
    temporary.replace(target)


def _shot(browser: Any, page: Path, place: str) -> bytes:
    """What the reader sees at a heading of a page, in light mode, formulas typeset."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(page.resolve().as_uri())
    browser.execute_script("document.documentElement.dataset.theme = 'light'")
    typeset = (
        "return document.readyState == 'complete' && (!document.querySelector('.math')"
        " || !!document.querySelector('mjx-container mjx-c'))"
    )
    WebDriverWait(browser, 20).until(lambda b: b.execute_script(typeset))
    at = "document.getElementById(arguments[0])?.scrollIntoView({behavior: 'instant'})"
    browser.execute_script(at, place)
    return browser.get_screenshot_as_png()


@contextmanager
def _browser() -> Iterator[Any]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        raise RuntimeError(
            "a picture of the site needs the programs chromium and chromedriver, and "
            "they are not both on PATH: install them, for example by .ci/run"
        )
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    with TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as home:
        window = f"window-size={SIZE[0]},{SIZE[1]}"
        for switch in (*SWITCHES, window, f"user-data-dir={home}"):
            options.add_argument(f"--{switch}")
        service = webdriver.ChromeService(driver)
        with webdriver.Chrome(options=options, service=service) as browser:
            yield browser
