"""The site: where links to files lead, the languages, and nothing from elsewhere."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from pathspec.gitignore import GitIgnoreSpec

from docs.site import hooks


def shown(markdown: str, uri: str) -> str:
    """Some Markdown of a page, as it is in the site."""
    page: Any = SimpleNamespace(file=SimpleNamespace(src_uri=uri))
    return hooks.on_page_markdown(markdown, page)


@pytest.mark.parametrize(
    ("uri", "written", "led"),
    [
        pytest.param("jobs.md", "[a](privacy.md#periods)", "[a](privacy.md#periods)", id="another document"),
        pytest.param(
            "deployment.md", "[a](../README.md)", "[a](project/readme.md)", id="a document of the root"
        ),
        pytest.param(
            "methods.md", "[a](../config/hotspots.toml)", "[a](reference/settings.md)", id="the settings"
        ),
        pytest.param(
            "methods.md",
            "[`a`](../src/hotspots/tracking/told.py)",
            "[`a`](reference/library/tracking.md#hotspots.tracking.told)",
            id="a module",
        ),
        pytest.param("methods.md", "see [`a`](../Makefile).", "see `a`.", id="a file without a page"),
        pytest.param("deployment.md", "[a](deployment)", "a", id="a folder"),
        pytest.param(
            "project/readme.md", "[a](docs/jobs.md#how-it-works)", "[a](../jobs.md#how-it-works)", id="out"
        ),
        pytest.param(
            "jobs.md", "[a](gone.md) [b](https://a.nl)", "[a](gone.md) [b](https://a.nl)", id="left alone"
        ),
        pytest.param("jobs.md", "```\n[a](../Makefile)\n```", "```\n[a](../Makefile)\n```", id="code"),
        pytest.param("privacy.md", "![a](img/not-drawn.webp)", "", id="a picture that is not drawn"),
    ],
)
def test_a_link_leads_to_the_page_that_has_what_the_file_has(uri: str, written: str, led: str) -> None:
    assert shown(written, uri) == led


@pytest.mark.parametrize(
    ("kind", "text", "addresses"),
    [
        pytest.param(".html", '<script src="//b.nl/x.js">', ["//b.nl/x.js"], id="script"),
        pytest.param(".html", '<link rel="preconnect" href="https://b.nl">', ["https://b.nl"], id="link"),
        pytest.param(
            ".html", '<a href="https://b.nl">b</a> <img src="b.png">', [], id="what a person follows"
        ),
        pytest.param(".css", "@font-face{src:url(https://b.nl/f.woff)}", ["https://b.nl/f.woff"], id="font"),
        pytest.param(".css", "a{background:url(b.png)} /* url(https://b.nl) */", [], id="own picture"),
        pytest.param(".js", 'fetch("https://b.nl/x")', ["https://b.nl/x"], id="fetched"),
    ],
)
def test_what_is_loaded_from_elsewhere_is_found(kind: str, text: str, addresses: list[str]) -> None:
    assert hooks.loaded_from_elsewhere(text, kind) == addresses


def test_a_page_has_the_language_that_it_is_written_in() -> None:
    config: Any = SimpleNamespace(theme={})
    languages = []
    for uri in ("verantwoording/dpia.md", "jobs.md"):
        page: Any = SimpleNamespace(file=SimpleNamespace(src_uri=uri))
        hooks.on_page_context(None, page, config)
        languages.append(config.theme["language"])
    assert languages == ["nl", "en"]


def test_the_map_of_the_house_leads_to_each_package() -> None:
    text = hooks.architecture("# A\n\n## The map of the house\n\n| `weekly` | runs |\n\n## Next\n")
    assert text == "# Architecture\n\n| [`weekly`](../reference/library/weekly.md) | runs |\n\n"


def test_no_secret_or_setting_of_who_deploys_from_a_checkout_goes_into_the_site() -> None:
    ignored = (hooks.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    own = [line.removeprefix("/docs/").rstrip("/") for line in ignored if "/deployment/" in line]
    text = (hooks.ROOT / "docs/site/mkdocs.yml").read_text(encoding="utf-8")
    (written,) = re.findall(r"^exclude_docs: \|\n((?:  .*\n)+)", text, re.MULTILINE)
    left_out = GitIgnoreSpec.from_lines([".*", *written.replace("  ", "").splitlines()])
    assert own
    assert [name for name in own if not left_out.match_file(f"{name}/any")] == []
