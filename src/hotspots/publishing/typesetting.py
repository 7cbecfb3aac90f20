"""Sets PDFs and pictures with Typst: with the fonts that ship with Matplotlib, none of the machine.

Typst is one wheel without other needs, such as a browser or system libraries.

A template gets text as data (`inputs`), never as markup. Typst and the fonts are loaded when something is set
for the first time: a service that never does needs neither.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotspots.errors import StoreError

if TYPE_CHECKING:
    import typst


def set_pdf(template: bytes, *, inputs: Mapping[str, str], day: date) -> bytes:
    """Give an accessible PDF; the same template, inputs and day give the same bytes.

    It is tagged, and Typst refuses to make it when something that PDF/UA-1 requires is missing, such as the
    text of a picture.

    Parameters
    ----------
    day
        Of which the document tells; it is dated so.
    """
    moment = datetime.combine(day, time(), UTC)
    return _set(template, inputs, format="pdf", pdf_standards="ua-1", timestamp=moment)


def set_picture(template: bytes, *, inputs: Mapping[str, str], ppi: float) -> bytes:
    """Give the one page of a template as PNG, at so many pixels per inch."""
    return _set(template, inputs, format="png", ppi=ppi)


def _set(template: bytes, inputs: Mapping[str, str], **options: Any) -> bytes:
    import typst

    made = typst.compile(template, sys_inputs=dict(inputs), font_paths=_fonts(), **options)
    if not isinstance(made, bytes):
        raise StoreError(f"wanted one file of Typst, found {type(made).__name__}")
    return made


@cache
def _fonts() -> "typst.Fonts":
    import matplotlib as mpl
    import typst

    return typst.Fonts(
        include_system_fonts=False, font_paths=[str(Path(mpl.get_data_path()) / "fonts" / "ttf")]
    )
