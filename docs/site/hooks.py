"""What MkDocs does besides: generated pages, documents of the root, links to code, languages, own assets."""

import json
import logging
import posixpath
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from docs.site import reference  # noqa: E402

ROOT_PAGES = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CHANGELOG.md": "project/changelog.md",
}
"""Documents that lie in the root of the repository, and where they are in the site."""

CODE_PAGES = {"config/hotspots.toml": "reference/settings.md"}
"""Files whose content has a page of its own in the reference."""

DUTCH = (
    "index.md",
    "gebruik/",
    "zo-komt-een-plek-op-de-lijst.md",
    "verantwoording/",
    "reference/api.md",
    "reference/problems.md",
)
"""Pages in Dutch, by how their path begins; the others are in English."""

_ROLE = re.compile(r":(?:func|class|mod|meth|data|attr|exc):(?=<code>)")
_FENCED = re.compile(r"(^ *```.*?^ *```)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(
    r"(?P<code>`[^`\n]*`)|!?\[(?P<words>(?:[^\]`]|`[^`]*`)*)\]\((?!\w+:)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)"
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made here to the files of `docs`."""
    made = {
        "reference/index.md": reference.reference_index(),
        "reference/commands.md": reference.commands_page(),
        "reference/settings.md": reference.settings_page(),
        "reference/rights.md": reference.rights_page(),
        "reference/jobs.md": reference.jobs_page(),
        "reference/events.md": reference.events_page(),
        "reference/problems.md": reference.problems_page(),
        "reference/api.md": reference.api_page(),
        "reference/openapi.json": json.dumps(reference.openapi(), ensure_ascii=False, indent=1),
        "reference/library/index.md": reference.library_index(),
        **{f"reference/library/{name}.md": reference.library_page(name) for name in reference.packages()},
        **{uri: _read(name) for name, uri in ROOT_PAGES.items()},
        "project/architecture.md": architecture(_read("CONTRIBUTING.md")),
    }
    for uri, content in made.items():
        files.append(File.generated(config, uri, content=content))
    pictures = sorted((ROOT / "var/hulp").glob("*.webp"))
    if not pictures:
        logging.getLogger("mkdocs.hooks").info(
            "pictures of the service are left out; `make pictures` draws them"
        )
    for picture in pictures:
        if files.get_file_from_path(f"gebruik/img/{picture.name}") is None:
            files.append(File.generated(config, f"gebruik/img/{picture.name}", abs_src_path=str(picture)))
    for asset in sorted((Path(__file__).parent / "assets").iterdir()):
        files.append(File.generated(config, f"assets/{asset.name}", abs_src_path=str(asset)))
    return files


def architecture(contributing: str) -> str:
    """The map of the house of CONTRIBUTING, with each package leading to its reference."""
    found = re.search(r"^## The map of the house\n(.*?)^## ", contributing, re.MULTILINE | re.DOTALL)
    if found is None:
        raise PluginError("wanted 'The map of the house' in CONTRIBUTING.md, found no such heading")
    linked = re.sub(
        r"^\| `(\w+)` \|", r"| [`\1`](../reference/library/\1.md) |", found[1], flags=re.MULTILINE
    )
    return f"# Architecture\n{linked}"


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links to files outside `docs` to their page here, or leave only their words.

    A picture of the service that is not drawn yet is left out.
    """
    uri = page.file.src_uri
    source = next((name for name, made in ROOT_PAGES.items() if made == uri), None)
    if source is None and not (ROOT / "docs" / uri).exists():
        return markdown  # made here, with links that are right
    parts = _FENCED.split(markdown)
    parts[::2] = [
        _LINK.sub(lambda link: _led(link, source or f"docs/{uri}", uri), part) for part in parts[::2]
    ]
    return "".join(parts)


def _led(link: re.Match[str], source: str, uri: str) -> str:
    if link["code"]:
        return link[0]
    if link[0].startswith("!") and link["path"].endswith(".webp"):
        return link[0] if _is_drawn(f"{posixpath.dirname(source)}/{link['path']}") else ""
    named = posixpath.normpath(posixpath.join(posixpath.dirname(source), link["path"]))
    if not (ROOT / named).exists():
        return link[0]  # MkDocs tells
    goal = _page_of(named)
    if goal is None:
        return link["words"]
    anchor = link["anchor"] or ""
    if named.endswith(".py"):
        anchor = f"#{named.removeprefix('src/').removesuffix('.py').replace('/', '.')}"
    return link[0].replace(
        f"({link['path']}{link['anchor'] or ''})",
        f"({posixpath.relpath(goal, posixpath.dirname(uri) or '.')}{anchor})",
    )


def _is_drawn(picture: str) -> bool:
    return (ROOT / picture).exists() or (ROOT / "var/hulp" / posixpath.basename(picture)).exists()


def _page_of(named: str) -> str | None:
    """The file of the site that has what a file of the repository has."""
    if made := ROOT_PAGES.get(named) or CODE_PAGES.get(named):
        return made
    if module := re.fullmatch(r"src/hotspots/(\w+)/\w+\.py", named):
        return f"reference/library/{module[1]}.md"
    is_shown = named.startswith("docs/") and not named.startswith("docs/site") and (ROOT / named).is_file()
    return named.removeprefix("docs/") if is_shown else None


def on_page_content(html: str, **_: object) -> str:
    """Leave out of docstrings what kind of thing a name is of: it is a sign to another program."""
    return _ROLE.sub("", html)


def on_page_context(_: object, page: Page, config: MkDocsConfig, **__: object) -> None:
    """Have what the theme says itself, and the `lang` of the page, in the language of the page."""
    config.theme["language"] = "nl" if page.file.src_uri.startswith(DUTCH) else "en"


def on_post_page(output: str, **_: object) -> str:
    """Name the dialog of the search, and leave the parts of a table of contents out of the landmarks."""
    named = output.replace(
        'data-md-component="search" role="dialog">',
        'data-md-component="search" role="dialog" aria-label="Zoeken">',
    )
    return re.sub(r'<nav class="md-nav" aria-label="[^"]*"', '<nav class="md-nav" role="none"', named)


_ELSEWHERE = re.compile(r"https://(?:unpkg\.com|api\.github\.com)/[\w@./-]*")
"""What the theme's script would fetch for diagrams, old browsers and a repository: we have none of these."""

_LOADING = {
    ".html": re.compile(
        r"""<(?:script|img|iframe|source|video|audio|embed|object|link|form)\b[^>]*?"""
        r"""\s(?:src|href|data|action|srcset|poster)=["']?((?:https?:)?//[^\s"'>]+)""",
        re.IGNORECASE,
    ),
    ".css": re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^)"']+)"""),
    # any address but names of XML
    ".js": re.compile(r"""["'`](https?://(?!www\.w3\.org)[\w.-]+[^"'`]*)"""),
}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def loaded_from_elsewhere(text: str, kind: str) -> list[str]:
    """The addresses on other hosts that a page, a style sheet or a script loads, or could load.

    Examples
    --------
    >>> loaded_from_elsewhere('<a href="https://a.nl"><img alt="" src="https://b.nl/x.png">', ".html")
    ['https://b.nl/x.png']
    """
    return _LOADING[kind].findall(text if kind == ".html" else _COMMENT.sub("", text))


def on_post_build(config: MkDocsConfig) -> None:
    """Take out of the theme's script what it could load from elsewhere; then nothing else may."""
    site = Path(config.site_dir)
    for script in site.glob("assets/javascripts/bundle.*.js"):
        script.write_text(_ELSEWHERE.sub("about:blank", script.read_text(encoding="utf-8")), encoding="utf-8")
    found = [
        f"{path.relative_to(site)}: {address}"
        for path in sorted(site.rglob("*"))
        if path.suffix in _LOADING and path.name != "search_index.js"  # that is text
        for address in loaded_from_elsewhere(path.read_text(encoding="utf-8"), path.suffix)
    ]
    if found:
        raise PluginError("wanted all of the site on its own host, found\n" + "\n".join(found))


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
