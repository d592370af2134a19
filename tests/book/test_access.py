"""Nothing on the site bars a reader: axe finds nothing, in light, dark and on a phone.

https://github.com/dequelabs/axe-core is the program, of Deque Systems. The dark differs
from the light in its colours alone, and a phone in all but these: contrast is most of
axe's work.
"""

from importlib.resources import files

import pytest
from chromium import phone

AXE = files("axe_selenium_python") / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    *("intro", "where_is", "errors", "glossary", "notation", "how_it_works"),
    *("aws_on_your_machine", "404", "search"),
    *("notebooks/00_start_here", "notebooks/18_sagemaker_train", "notebooks/90_sample"),
)
ALL: dict = {}
COLOURS = {"runOnly": ["color-contrast"]}
REST = {"rules": {"color-contrast": {"enabled": False}}}
RUN = """
const [options, done] = arguments;
axe.run(document, {resultTypes: ["violations"], ...options}).then(
  found => done(found.violations.map(
    rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 120))])),
  error => done([["axe itself", [String(error)]]]));
"""


def findings(browser, options=ALL):
    """What axe finds on the page that is open: each rule with the elements."""
    browser.set_script_timeout(120)
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    return browser.execute_async_script(RUN, options)


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(open_page, page):
    for mode, options in (("light", ALL), ("dark", COLOURS)):
        assert findings(open_page(f"{page}.html", mode), options) == [], mode


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_on_a_phone(browser, open_page, page):
    with phone(browser):
        assert findings(open_page(f"{page}.html"), REST) == []


def test_axe_would_find_faint_words_in_the_dark(open_page):
    browser = open_page("404.html", "dark")
    words = browser.find_element("css selector", ".bd-article p")
    browser.execute_script("arguments[0].style.color = '#333'", words)
    assert "color-contrast" in [rule for rule, _ in findings(browser, COLOURS)]


def test_axe_would_find_an_image_without_words(open_page):
    browser = open_page("intro.html")
    image = browser.find_element("css selector", ".bd-article img")
    browser.execute_script("arguments[0].removeAttribute('alt')", image)
    assert "image-alt" in [rule for rule, _ in findings(browser, REST)]
