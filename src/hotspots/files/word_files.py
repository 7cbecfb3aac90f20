"""What files for a word processor have in common, for whoever edits them further.

Headings and lists are styles, and tables have header rows that come back on each page, so that such a file
reads as well aloud as a PDF. The word processor's library is loaded when one is made.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
"""Their media type."""

_LANGUAGE = "nl-NL"


def begin_word_file(title: str, *, on: date, heading: str | None = None) -> "Document":
    """Give a file with its title, as it is told and as its heading, that is the same for the same day."""
    import docx
    from docx.shared import Cm, Pt

    made = docx.Document()
    properties = made.core_properties
    properties.title, properties.author, properties.language = title, "Hotspots", _LANGUAGE
    properties.created = properties.modified = datetime.combine(on, time())
    properties.comments = ""
    normal: Any = made.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10)
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    made.add_heading(heading or title, level=1)
    return made


def end_word_file(made: "Document", pictures: Sequence[tuple[str, str]] = ()) -> bytes:
    """Give the content of a file, which tells its language, which rows are heads and what pictures show.

    Parameters
    ----------
    pictures
        The title of each picture, and what it shows in words.
    """
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for table in made.element.body.iter(qn("w:tbl")):
        for place, row in enumerate(table.iter(qn("w:tr"))):
            properties = row.get_or_add_trPr()
            properties.append(OxmlElement("w:cantSplit"))
            if place == 0:
                properties.append(OxmlElement("w:tblHeader"))
    for shape, (title, words) in zip(made.element.body.iter(qn("wp:docPr")), pictures, strict=True):
        shape.set("title", title)
        shape.set("descr", words)
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), _LANGUAGE)
    output = io.BytesIO()
    made.save(output)
    return output.getvalue()


def table_cells(table: Any) -> list[Any]:
    """All cells of a table, row by row; its own rows look for theirs anew each time."""
    return [cell for row in table.rows for cell in row.cells]


def readable(text: str) -> str:
    """Give a text that people wrote without the characters that such a file can't hold.

    Examples
    --------
    >>> readable("een regel\\x0bof \\x01twee")
    'een regelof twee'
    """
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
