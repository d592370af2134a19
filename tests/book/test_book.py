"""The built site, read the way a reader reads it: in a browser, without a network."""

import json
import re
import time
from urllib.parse import urlsplit

import pytest
import sample
from chromium import contrast, phone, requests, wait
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from course.tools.lessons import ROOT, lessons
from course.tools.site import curriculum

SAMPLE = "notebooks/90_sample.html"
TEXT = ".bd-article *, .bd-sidebar-primary a"
# The page that is open turns dark at once, without fading.
DARK = """
document.head.append(Object.assign(
  document.createElement("style"), {textContent: "* {transition: none !important}"}));
document.documentElement.dataset.theme = "dark";
"""


def pages(html):
    """Every page that Jupyter Book made of a source file, and the search page."""
    found = [p.relative_to(html).as_posix() for p in html.rglob("*.html")]
    return sorted(page for page in found if not page.startswith("_"))


def test_home_page_names_the_course_and_links_every_lesson(html, open_page):
    browser = open_page("")
    wait(browser, lambda b: b.title.startswith("Neuron to Endpoint"))
    heading = browser.find_element(By.CSS_SELECTOR, ".bd-article h1")
    assert heading.text.startswith("Neuron to Endpoint")
    links = browser.find_elements(By.CSS_SELECTOR, ".bd-article table a")
    linked = {urlsplit(link.get_attribute("href")).path[1:] for link in links}
    notebooks = lessons(folder=html.parents[2] / "notebooks")
    assert linked == {lesson.page + ".html" for lesson in notebooks}


def test_the_map_leads_to_a_lesson_and_lights_what_it_needs(open_page):
    browser = open_page("")
    cards = browser.find_elements(By.CSS_SELECTOR, ".map li")
    assert len(cards) >= 30  # the samples have cards too
    wanted = browser.find_element(By.ID, "lesson-04")
    plain = wanted.value_of_css_property("background-color")
    link = browser.find_element(By.CSS_SELECTOR, "#lesson-07 a")
    browser.execute_script("arguments[0].focus()", link)
    wait(browser, lambda b: wanted.value_of_css_property("background-color") != plain)
    link.click()
    wait(browser, lambda b: b.current_url.endswith("notebooks/07_training_well.html"))
    assert "You need" in browser.find_element(By.CLASS_NAME, "brief").text


def test_a_planned_lesson_is_marked_wherever_it_is_named(html, open_page):
    planned = {entry.number for entry in curriculum.planned(ROOT)}
    browser = open_page("notebooks/00_start_here.html")
    article = browser.find_element(By.CLASS_NAME, "bd-article")
    text = article.get_property("textContent")  # what is folded, too
    named = re.findall(r"[Ll]esson\s+(\d\d)( \(planned\))?", text)
    assert {number for number, mark in named if mark} == numbers(named) & planned
    assert len(numbers(named)) > 5
    assert not {number for number, mark in named if not mark} & planned


def numbers(named):
    return {number for number, _ in named}


def test_a_page_that_is_not_there_leads_on_from_any_address(open_page, address):
    browser = open_page("404.html")
    links = browser.find_elements(By.CSS_SELECTOR, ".bd-article ul a")
    targets = [link.get_dom_attribute("href") for link in links]
    assert len(targets) == 4 and all(target.startswith("/") for target in targets)
    links[1].click()
    wait(browser, lambda b: b.current_url == f"{address}where_is.html")


def test_every_link_of_where_is_leads_to_a_place_on_its_page(html):
    text = (html / "where_is.html").read_text().partition("<article")[2]
    links = re.findall(r'href="([\w/]+\.html)#([^"]+)"', text)
    assert len(links) > 50
    for page, place in links:
        assert f'id="{place}"' in (html / page).read_text(), (page, place)


def test_a_downloaded_lesson_begins_with_a_cell_that_its_page_does_not_show(html):
    source = json.loads(
        (html / "_sources" / SAMPLE.replace("html", "ipynb")).read_text()
    )
    assert "find_spec" in "".join(source["cells"][0]["source"])
    assert "find_spec" not in (html / SAMPLE).read_text()


def test_an_answer_to_a_prediction_is_folded_away_until_it_is_opened(open_page):
    browser = open_page(SAMPLE)
    answer = browser.find_element(By.CSS_SELECTOR, "details.answer")
    assert answer.text == "Answer" and sample.ANSWER not in answer.text
    answer.find_element(By.TAG_NAME, "summary").click()
    assert sample.ANSWER in answer.text


def test_a_lesson_shows_its_code_its_output_and_its_figure(open_page):
    browser = open_page(SAMPLE)
    article = browser.find_element(By.CLASS_NAME, "bd-article")
    assert "def sigmoid(z):" in article.text
    assert "slope 0.25" in article.text
    figure = article.find_element(By.CSS_SELECTOR, ".cell_output img")
    assert figure.get_attribute("alt") == sample.ALT
    wait(browser, lambda b: figure.get_property("naturalWidth") == 600)


def test_every_figure_has_alternative_text(html):
    for page in pages(html):
        article = (html / page).read_text(encoding="utf-8").partition("<article")[2]
        for image in re.findall(r"<img\b[^>]*>", article):
            alt = re.search(r'\balt="([^"]*)"', image)
            assert alt and alt[1].strip(), f"{page}: {image}"
            assert not alt[1].startswith("../_images"), f"{page}: {image}"


def test_search_finds_a_word_of_a_lesson(open_page):
    browser = open_page("")
    wait(browser, lambda b: b.find_elements(By.CLASS_NAME, "search-button-field"))
    browser.find_element(By.CLASS_NAME, "search-button-field").click()
    field = browser.switch_to.active_element
    field.send_keys(sample.WORD, Keys.ENTER)
    results = wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "ul.search a"))
    assert "search.html" in browser.current_url
    assert [urlsplit(r.get_attribute("href")).path[1:] for r in results] == [SAMPLE]


def test_formulas_are_typeset_with_fonts_of_the_site(open_page):
    browser = open_page(SAMPLE)
    glyphs = wait(
        browser, lambda b: b.find_elements(By.CSS_SELECTOR, "mjx-container mjx-c")
    )
    assert len(glyphs) > 20
    assert glyphs[0].size["width"] > 0
    wait(
        browser,
        lambda b: b.execute_script(
            "return [...document.fonts].some(font => font.status == 'loaded' "
            "&& font.family.includes('MJXTEX'))"
        ),
    )
    text = browser.find_element(By.CLASS_NAME, "bd-article").text
    assert "\\frac" not in text and "\\sigma" not in text


def test_a_solution_is_folded_away_until_it_is_opened(open_page):
    browser = open_page(SAMPLE)
    cell = browser.find_element(By.CSS_SELECTOR, ".tag_solution")
    code = cell.find_element(By.TAG_NAME, "pre")
    printed = cell.find_element(By.CSS_SELECTOR, ".cell_output pre")
    assert not code.is_displayed() and not printed.is_displayed()
    summary = cell.find_element(By.TAG_NAME, "summary")
    assert summary.text == "Show the solution"
    summary.click()
    wait(browser, lambda b: code.is_displayed())  # it fades in
    assert code.text == sample.SOLUTION


@pytest.fixture(scope="module")
def visited(html, browser, open_page):
    """What each page shows, opened once: texts in either mode, the width on a phone.

    And the requests of all: the addresses asked for, and those not found.
    """
    requests(browser)  # forget what other tests opened
    shown = {}
    for page in pages(html):
        open_page(page)
        light = contrast(browser, TEXT)
        with phone(browser):
            width = browser.execute_script("return document.body.scrollWidth")
        browser.execute_script(DARK)
        shown[page] = {"light": light, "dark": contrast(browser, TEXT), "width": width}
    return shown, *requests(browser)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable_in_both_modes(visited, mode):
    for page, shown in visited[0].items():
        if page in ("index.html", "search.html", "genindex.html"):
            continue
        assert len(shown[mode]) > 5
        faint = [(round(ratio, 1), text) for ratio, text in shown[mode] if ratio < 4.5]
        assert not faint, f"{page}: contrast below 4.5: {faint}"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_page_opens_in_the_mode_that_was_chosen(open_page, mode):
    html = open_page(SAMPLE, mode).find_element(By.TAG_NAME, "html")
    assert html.get_attribute("data-theme") == mode


def test_faint_text_would_be_seen_in_the_dark(open_page):
    browser = open_page(SAMPLE)
    browser.execute_script(DARK)
    assert min(contrast(browser, TEXT))[0] >= 4.5
    words = browser.find_element(By.CSS_SELECTOR, ".bd-article p")
    browser.execute_script("arguments[0].style.color = '#333'", words)
    assert min(contrast(browser, TEXT))[0] < 4.5


@pytest.mark.parametrize(("mode", "inverted"), [("light", False), ("dark", True)])
def test_only_a_schematic_is_inverted_in_the_dark(open_page, mode, inverted):
    browser = open_page(SAMPLE, mode)
    images = browser.find_elements(By.CSS_SELECTOR, ".cell_output img")
    plot, schematic = (image.value_of_css_property("filter") for image in images)
    assert ("invert" in schematic) == inverted
    assert "invert" not in plot
    assert images[1].size["width"] <= 34 * 16


def test_previous_and_next_lead_through_the_lessons(open_page):
    browser = open_page(SAMPLE)
    browser.find_element(By.CSS_SELECTOR, ".prev-next-area a.right-next").click()
    wait(browser, lambda b: b.current_url.endswith("91_another_sample.html"))
    browser.find_element(By.CSS_SELECTOR, ".prev-next-area a.left-prev").click()
    wait(browser, lambda b: b.current_url.endswith(SAMPLE))


def test_no_page_is_wider_than_a_phone(visited):
    wide = {page: shown["width"] for page, shown in visited[0].items()}
    assert not {page: width for page, width in wide.items() if width > 390}


def test_no_request_leaves_the_machine_and_no_file_is_missing(visited, address):
    shown, asked, missing = visited
    assert len(asked) > 5 * len(shown)
    assert not [url for url in asked if leaves(url, address)]
    assert not [url for url in missing if not url.endswith("/favicon.ico")]


def test_a_request_that_leaves_the_machine_would_be_seen(browser, address):
    browser.get(address + "intro.html")
    requests(browser)
    browser.execute_script("fetch('https://leak.invalid/x.js').catch(() => 0)")
    seen, deadline = [], time.monotonic() + 10
    while not seen and time.monotonic() < deadline:
        seen += [url for url in requests(browser)[0] if leaves(url, address)]
    assert seen == ["https://leak.invalid/x.js"]


def leaves(url: str, address: str) -> bool:
    """True unless the site, the page itself or the browser's own program answers."""
    return not url.startswith((address, "data:", "blob:", "chrome://"))
