"""The help is Markdown of ours: sections have anchors, links lead on, and absent pictures are left out."""

import re
from pathlib import Path

import pytest

from api.pages import help_document
from api.pages.help_document import PAGES, find_pictures, read_help
from hotspots.settings import shipped
from tests.pictures import HELP

FOLDER = shipped("docs/gebruik")


def _content(name: str) -> str:
    document = read_help(name)
    return str(document.opening) + "".join(section.content for section in document.sections)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_sections_and_anchors_are_those_of_every_site(name: str) -> None:
    document = read_help(name)
    anchors = [section.anchor for section in document.sections]
    assert len(anchors) == len(set(anchors))
    assert all(re.fullmatch(r"[a-z0-9-]+", anchor) for anchor in anchors)
    links = re.findall(r'href="([^"]+)"', re.sub(r"<figure>.*?</figure>", "", _content(name)))
    for link in links:
        page, _, anchor = link.partition("#")
        if page.startswith("/uitleg"):
            continue
        other = document.name if not page else page.removeprefix("/hulp").strip("/") or "index"
        assert not anchor or anchor in read_help(other).anchors, link
    # each link that is written leads somewhere here
    assert len(links) == len(
        re.findall(r"(?<!!)\[[^\]]+\]\([^)]+\)", (FOLDER / f"{name}.md").read_text("utf-8"))
    )


def test_every_page_is_in_the_list_and_has_a_title_and_sections() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(PAGES)
    for name in PAGES:
        assert read_help(name).title
        assert len(read_help(name).sections) > 3


def test_every_phrase_that_the_help_quotes_stands_on_a_page() -> None:
    root = Path(help_document.__file__).parents[2]
    files = [*(root / "api").rglob("*.html"), *(root / "api").rglob("*.py"), *(root / "api").rglob("*.toml")]
    files += (root / "src/hotspots").rglob("*.py")
    there = "".join(file.read_text("utf-8") for file in files)
    pages = " ".join(re.sub(r"<[^>\n]+>", "", there).casefold().split())
    for name in PAGES:
        text = " ".join((FOLDER / f"{name}.md").read_text("utf-8").replace("**", "").split())
        quoted = [phrase.casefold().strip(".") for phrase in re.findall(r"\*([^*]+)\*", text)]
        assert quoted
        assert [phrase for phrase in quoted if phrase not in pages] == [], name


def test_every_picture_has_words_and_is_drawn_or_taken() -> None:
    written = "".join((FOLDER / f"{name}.md").read_text("utf-8") for name in PAGES)
    pictures = re.findall(r"!\[([^\]]*)\]\(img/([^)]+)\)", written)
    assert all(len(words) > 30 for words, _ in pictures)
    drawings = {path.name for path in FOLDER.glob("img/*.svg")}
    assert {file for _, file in pictures} == drawings | {f"{picture.name}.webp" for picture in HELP}
    assert "<script" not in "".join(path.read_text("utf-8") for path in FOLDER.glob("img/*.svg"))


def test_a_picture_that_is_here_leads_to_itself_and_one_that_is_not_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "img").mkdir()
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0h9"/></svg>'
    (tmp_path / "img" / "here.svg").write_text(drawing, encoding="utf-8")
    text = "# A\n\n![Words.](img/here.svg)\n\n![Lost.](img/lost.webp)\n\n## B <script>\n\n[c](../x.py)\n"
    (tmp_path / "index.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(
        help_document, "shipped", lambda name: tmp_path / name.removeprefix("docs/gebruik").strip("/")
    )
    for kept in (find_pictures, read_help):
        kept.cache_clear()
    try:
        document = read_help("index")
    finally:
        for kept in (find_pictures, read_help):
            kept.cache_clear()
    found = re.findall(
        r'<figure>\s*<a href="([^"]+)"><img src="([^"]+)" alt="([^"]*)" width="40" height="20"',
        document.opening,
    )
    assert len(found) == 1
    assert found[0][0] == found[0][1]
    assert found[0][0].startswith("/hulp/img/here.svg?v=")
    assert found[0][2] == "Words."
    assert "Lost" not in document.opening
    assert document.sections[0].heading == "B <script>"
    assert document.sections[0].content == "<p>c</p>\n"
