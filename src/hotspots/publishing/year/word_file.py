"""The account of a year for a word processor, for whoever edits it further.

Headings and lists are styles, tables have header rows that come back on each page, and pictures have their
text, so that it reads as well aloud as the PDF. The word processor's library is loaded when one is made.
"""

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from hotspots.publishing.month_figures import ReportTable
from hotspots.publishing.typesetting import set_picture
from hotspots.publishing.year.document import Picture, YearDocument

if TYPE_CHECKING:
    from docx.document import Document

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
"""Its media type."""

_LANGUAGE = "nl-NL"
_PICTURE_PPI = 200
_PICTURE_CM = 15.5
_WIDE = 6
"""A table with more columns is set smaller."""


def year_docx(document: YearDocument) -> bytes:
    """Give the document as DOCX."""
    import docx
    from docx.shared import Cm, Pt

    made = docx.Document()
    properties = made.core_properties
    properties.title, properties.author, properties.language = document.title, "Hotspots", _LANGUAGE
    properties.created = properties.modified = datetime.combine(document.until, time())
    properties.comments = ""
    normal: Any = made.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10)
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    made.add_heading(document.title, level=1)
    for text in filter(None, (document.simulated, document.caution)):
        made.add_paragraph(text, style="Intense Quote")
    pictures: list[Picture] = []
    for section in document.sections:
        made.add_heading(section.heading, level=2)
        for sentence in section.sentences:
            made.add_paragraph(sentence)
        for picture in section.pictures:
            if picture.caption:
                made.add_paragraph(picture.caption, style="Caption").paragraph_format.keep_with_next = True
            made.add_picture(io.BytesIO(_drawn(picture.svg)), width=Cm(_PICTURE_CM))
            pictures.append(picture)
        for content in section.tables:
            _add_table(made, content)
        for note in section.notes:
            made.add_paragraph(note, style="List Bullet")
    make_accessible(made, pictures)
    output = io.BytesIO()
    made.save(output)
    return output.getvalue()


def _add_table(made: "Document", content: ReportTable) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    caption = made.add_paragraph(content.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(10)
    table = made.add_table(rows=1 + len(content.rows), cols=len(content.head), style="Light Grid Accent 1")
    size = Pt(7 if len(content.head) > _WIDE else 9)
    texts = [text for row in (content.head, *content.rows) for text in row]
    for place, (cell, text) in enumerate(zip(table_cells(table), texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(text).font.size = size
        if place % len(content.head):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def table_cells(table: Any) -> list[Any]:
    """All cells of a table, row by row; its own rows look for theirs anew each time."""
    return [cell for row in table.rows for cell in row.cells]


def make_accessible(made: "Document", pictures: Sequence[Picture] = ()) -> None:
    """Say in a file which rows are heads, what pictures show, and in which language it is."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for table in made.element.body.iter(qn("w:tbl")):
        for place, row in enumerate(table.iter(qn("w:tr"))):
            properties = row.get_or_add_trPr()
            properties.append(OxmlElement("w:cantSplit"))
            if place == 0:
                properties.append(OxmlElement("w:tblHeader"))
    for shape, picture in zip(made.element.body.iter(qn("wp:docPr")), pictures, strict=True):
        shape.set("title", picture.title)
        shape.set("descr", picture.words)
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), _LANGUAGE)


def _drawn(svg: str) -> bytes:
    """A drawing as a picture, as word processors show SVG in different ways."""
    return set_picture(_PAGE.encode(), inputs={"drawn": svg}, ppi=_PICTURE_PPI)


_PAGE = f"""#set page(width: {_PICTURE_CM}cm, height: auto, margin: 0pt, fill: white)
#set text(font: "DejaVu Sans")
#image(bytes(sys.inputs.drawn), format: "svg", width: 100%)
"""
