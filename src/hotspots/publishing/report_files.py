"""The weekly report as files: HTML and PDF with the same text, and its hotspots as CSV and GeoPackage.

Both templates get text as data, never as markup: Jinja escapes it, Typst gets strings.
"""

import base64
import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from hotspots.errors import StoreError
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.publishing.exports import Format, write_hotspots
from hotspots.publishing.pictures.drawing import draw_picture
from hotspots.publishing.typesetting import set_pdf
from hotspots.publishing.weekly_report import AreaReport, as_document
from hotspots.wording import week_code

_NUMBER = re.compile(r"HS-\d{4}-\d+")

_templates = Environment(
    loader=PackageLoader("hotspots.publishing", "report_templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _linked(text: str, links: Mapping[str, str]) -> Markup:
    """Give a text with the numbers of the hotspots of the report as links."""

    def link(found: re.Match[str]) -> str:
        number = found.group()
        return f'<a href="{escape(links[number])}">{number}</a>' if number in links else number

    return Markup(_NUMBER.sub(link, str(escape(text))))  # noqa: S704  # escaped, and links are escaped


def _picture(svg: str) -> str:
    """Give a drawing as an address by itself, for in a page that loads nothing."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


_templates.filters["linked"] = _linked
_templates.filters["picture"] = _picture


def report_html(report: AreaReport, picture: bytes | None = None, *, nonce: str = "") -> str:
    """Give the report as one self-contained HTML file.

    `picture` is its map as SVG, if already drawn. `nonce` is for the style of a page that is served; without
    it, the file has a content security policy of its own.
    """
    drawn = picture or draw_picture(report.map, "svg", with_title=False)
    return _templates.get_template("report.html").render(
        report=as_document(report), picture=_picture(drawn.decode()), nonce=nonce
    )


def report_pdf(report: AreaReport, picture: bytes | None = None) -> bytes:
    """Give the report as an accessible PDF (PDF/UA-1); the same report gives the same bytes."""
    drawn = picture or draw_picture(report.map, "svg", with_title=False)
    inputs = {"report": json.dumps(as_document(report)), "picture": drawn.decode()}
    return set_pdf(_typst_template(), inputs=inputs, day=report.peildatum)


def write_report(report: AreaReport, folder: Path, name: str, *, decimal_sign: str = ".") -> list[Path]:
    """Write the report to a folder as HTML, PDF, CSV and GeoPackage, by the name of its area for files.

    Raises
    ------
    StoreError
        If a file can't be written.
    """
    stem = report_stem(report.peildatum, name)
    paths = [folder / f"{stem}.{suffix}" for suffix in ("html", "pdf", "csv", "gpkg")]
    picture = draw_picture(report.map, "svg", with_title=False)
    try:
        make_private_folder(folder)  # reports may point at dwellings
        write_privately(paths[0], report_html(report, picture).encode())
        write_privately(paths[1], report_pdf(report, picture))
        write_hotspots(report.hotspots, paths[2], Format.CSV, decimal_sign=decimal_sign)
        write_hotspots(report.hotspots, paths[3], Format.GPKG)
    except OSError as error:
        raise StoreError(f"can't write in '{folder}' ({error.strerror}): name another folder") from None
    return paths


def report_stem(peildatum: date, name: str) -> str:
    """The common start of the file names of one report."""
    return f"weekrapport-{week_code(peildatum)}-{name}"


@cache
def _typst_template() -> bytes:
    return (Path(__file__).parent / "report_templates" / "report.typ").read_bytes()
