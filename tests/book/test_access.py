"""Nothing on the site bars a reader: axe finds nothing, in light, dark and on a phone.

https://github.com/dequelabs/axe-core is the program, of Deque Systems.
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
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  found => done(found.violations.map(
    rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 120))])),
  error => done([["axe itself", [String(error)]]]));
"""


def findings(browser):
    """What axe finds on the page that is open: each rule with the elements."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    return browser.execute_async_script(RUN)


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(open_page, page):
    for mode in ("light", "dark"):
        assert findings(open_page(f"{page}.html", mode)) == [], mode


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_on_a_phone(browser, open_page, page):
    with phone(browser):
        assert findings(open_page(f"{page}.html")) == []


def test_axe_would_find_an_image_without_words(open_page):
    browser = open_page("intro.html")
    image = browser.find_element("css selector", ".bd-article img")
    browser.execute_script("arguments[0].removeAttribute('alt')", image)
    assert "image-alt" in [rule for rule, _ in findings(browser)]
