import pytest

from course.tools.site import build
from course.tools.site.build import SiteError, build_site


@pytest.fixture(scope="module")
def built(tmp_path_factory, clone, save):
    """Such a clone with lesson 04 as well, and its site: a build takes seconds."""
    root = clone(tmp_path_factory.mktemp("built"))
    save(root / "notebooks" / "04_slopes.ipynb", "")
    return root, build_site(root)


def test_build_writes_a_site_that_an_unchanged_clone_keeps(built, capsys, monkeypatch):
    root, index = built
    assert index == root / "book" / "_build" / "html" / "index.html"
    assert "committed" in (index.parent / "notebooks" / "03_bends.html").read_text()
    monkeypatch.setattr(build, "_run_jupyter_book", None)  # a call would raise
    assert build_site(root) == index
    assert f"The site is at {index}" in capsys.readouterr().out


def test_a_lesson_that_has_gone_leaves_the_site(built, capsys):
    root, index = built
    page = index.parent / "notebooks" / "04_slopes.html"
    assert page.exists()
    (root / "notebooks" / "04_slopes.ipynb").unlink()
    assert build_site(root) == index and not page.exists()
    assert f"The site is at {index}" in capsys.readouterr().out


def test_a_warning_fails_the_build_each_time(root):
    (root / "book" / "licences.md").write_text("# Licences\n\n[gone](gone.md)\n")
    for _ in range(2):
        with pytest.raises(SiteError, match=r"licences\.md:3: WARNING.*gone"):
            build_site(root)
