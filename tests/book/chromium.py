"""Headless Chromium, and what the tests of pages measure in it."""

import json
import os
import shutil
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import pytest

CONTRAST = """
const rgb = colour => colour.match(/[\\d.]+/g).map(Number);
const light = colour => {
  const [r, g, b] = rgb(colour).slice(0, 3).map(
    v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = node => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    const [, , , alpha = 1] = rgb(colour);
    if (alpha > 0.99) return colour;
  }
  return "rgb(255, 255, 255)";
};
const words = node => [...node.childNodes].some(
  child => child.nodeType === 3 && child.data.trim());
return [...document.querySelectorAll(arguments[0])]
  .filter(node => words(node) && !node.matches(".headerlink") && node.checkVisibility())
  .map(node => {
    const ink = light(getComputedStyle(node).color), paper = light(behind(node));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return [ratio, node.textContent.trim().slice(0, 40)];
  });
"""


@contextmanager
def started():
    """A browser that resolves no name, with all of its files in one temporary folder.

    That is short, wherever the checkout lies: the path of a socket has at most 107
    characters. The test is skipped where there is no browser; in CI it fails.
    """
    programs = [shutil.which("chromium"), shutil.which("chromedriver")]
    if not all(programs):
        absent = "no chromium and chromedriver on PATH: .ci/run installs them"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(absent)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
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
    ):
        options.add_argument(f"--{switch}")
    with TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as home:
        options.add_argument(f"--user-data-dir={home}/profile")
        own = {**os.environ, "HOME": home, "TMPDIR": home}
        service = webdriver.ChromeService(programs[1], env=own)
        with webdriver.Chrome(options=options, service=service) as driver:
            yield driver


def contrast(browser, selector: str) -> list[tuple[float, str]]:
    """The contrast ratio of every text that the selector finds, and the text."""
    return browser.execute_script(CONTRAST, selector)


def requests(browser) -> tuple[list[str], list[str]]:
    """The addresses asked for since the last call, and those not found."""
    asked, missing = [], []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
        elif message["method"] == "Network.responseReceived":
            response = message["params"]["response"]
            missing += [response["url"]] if response["status"] >= 400 else []
    return asked, missing


def wait(browser, found, seconds=20):
    """Wait until the browser has what `found` looks for, and return it."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, seconds).until(found)


def idle(browser) -> bool:
    """True when the page is loaded and MathJax, where there is any, has finished."""
    return browser.execute_script(
        "return document.readyState == 'complete' && (!document.querySelector('.math')"
        " || !!document.querySelector('mjx-container mjx-c'))"
    )


@contextmanager
def before_each_page(browser, script):
    """Each page that is opened meanwhile runs the script before its own."""
    command = "Page.addScriptToEvaluateOnNewDocument"
    added = browser.execute_cdp_cmd(command, {"source": script})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@contextmanager
def phone(browser):
    """The window of a phone, 390 pixels wide."""
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
