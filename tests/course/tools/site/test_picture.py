import shutil

import pytest
from PIL import Image

from course.tools import lessons
from course.tools.site import picture


@pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="no chromium and chromedriver on PATH: .ci/run installs them",
)
def test_two_pages_become_one_small_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "VIEWS", (("a.html", ""), ("b.html", "end")))
    long = "<p style='height: 3000px; background: #fff'>top</p>"
    blue = "<p id='end' style='height: 1200px; background: #00f'></p>"
    (tmp_path / "a.html").write_text("<body style='background: #f00'></body>")
    (tmp_path / "b.html").write_text(f"<body>{long}{blue}</body>")
    picture.take(tmp_path, tmp_path / "site.png")
    image = Image.open(tmp_path / "site.png").convert("RGB")
    assert image.size == (picture.SIZE[0] + 8, picture.SIZE[1] // 2)
    assert image.getpixel((100, 300)) == (255, 0, 0)
    assert image.getpixel((900, 300)) == (0, 0, 255)
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_without_a_browser_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match="chromium and chromedriver"):
        picture.take(tmp_path, tmp_path / "site.png")


def test_the_picture_of_the_readme_is_small_and_its_pages_are_there():
    path = lessons.ROOT / "book" / "site.png"
    assert path.stat().st_size < 200_000
    assert "(book/site.png)" in (lessons.ROOT / "README.md").read_text()
    written = {lesson.page + ".html" for lesson in lessons.lessons()}
    assert {page for page, _ in picture.VIEWS} <= written | {"intro.html"}
