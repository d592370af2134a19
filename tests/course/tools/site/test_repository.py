import sys

import pytest
import yaml

from course.tools import lessons
from course.tools.site import extension, repository

URL = "https://github.com/owner/course"
TEXT = (lessons.ROOT / "book" / "_config.yml").read_text()


def with_address(url):
    return TEXT.replace('url: ""', f'url: "{url}"')


def options_of(text):
    return yaml.safe_load(text)["sphinx"]["config"]["html_theme_options"]


def run_cell(url, monkeypatch, installed):
    """Run the cell as where `course` is, or is not, installed; what it started."""
    started = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: installed)
    monkeypatch.setattr("subprocess.run", lambda *given, **_: started.append(given[0]))
    monkeypatch.setattr("os.chdir", lambda folder: started.append(folder))
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(repository.first_cell(url)["source"], {})
    return started


def test_no_repository_is_configured_and_the_site_has_no_buttons():
    assert repository.address(yaml.safe_load(TEXT)) == ""
    assert repository.configured(TEXT) == TEXT


def test_one_address_gives_the_site_its_buttons():
    options = options_of(repository.configured(with_address(URL + "/")))
    assert (options["repository_url"], options["repository_branch"]) == (URL, "main")
    assert options["use_source_button"] and options["use_edit_page_button"]
    assert options["use_issues_button"]
    assert options["launch_buttons"]["colab_url"].startswith("https://colab")
    assert options["logo"] == options_of(TEXT)["logo"]


def test_only_github_is_launched_on_colab():
    text = repository.configured(with_address("https://gitlab.com/owner/course"))
    assert options_of(text)["launch_buttons"] == {}


@pytest.mark.parametrize("url", ["github.com/owner/course", "https://github.com/owner"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match=f'"{url}", expected "" or an address'):
        repository.configured(with_address(url))


def test_a_download_says_how_to_get_the_course(monkeypatch, capsys):
    assert run_cell("", monkeypatch, installed=None) == []
    assert "run `make lab` in it" in capsys.readouterr().out


def test_a_download_brings_the_course_from_its_repository(monkeypatch):
    clone, install, folder = run_cell(URL, monkeypatch, installed=None)
    assert clone == ["git", "clone", "--depth", "1", URL, "course"]
    assert install[-3:] == ["course[lessons]", "-c", "course/constraints.txt"]
    assert folder == "course/notebooks"


@pytest.mark.parametrize("url", ["", URL])
def test_where_the_course_is_installed_a_download_does_nothing(
    url, monkeypatch, capsys
):
    assert run_cell(url, monkeypatch, installed=object()) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("page", "folder", "suffix"),
    [("notebooks/03", "", ".md"), ("intro", "book", ".md"), ("glossary", "book", "")],
)
def test_the_buttons_lead_to_the_page_s_own_file(page, folder, suffix):
    context = {"doc_path": "", "page_source_suffix": ".md"}
    extension.place(None, page, "page.html", context, None)
    assert context == {"doc_path": folder, "page_source_suffix": suffix}
