"""The account of a year for a word processor, for whoever edits it further; pictures have their text."""

import io
from typing import TYPE_CHECKING

from hotspots.files.word_files import begin_word_file, end_word_file, table_cells
from hotspots.publishing.month_figures import ReportTable
from hotspots.publishing.typesetting import set_picture
from hotspots.publishing.year.document import Picture, YearDocument

if TYPE_CHECKING:
    from docx.document import Document

_PICTURE_PPI = 200
_PICTURE_CM = 15.5
_WIDE = 6
"""A table with more columns is set smaller."""


def year_docx(document: YearDocument) -> bytes:
    """Give the document as DOCX."""
    from docx.shared import Cm

    made = begin_word_file(document.title, on=document.until)
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
    return end_word_file(made, [(picture.title, picture.words) for picture in pictures])


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


def _drawn(svg: str) -> bytes:
    """A drawing as a picture, as word processors show SVG in different ways."""
    return set_picture(_PAGE.encode(), inputs={"drawn": svg}, ppi=_PICTURE_PPI)


_PAGE = f"""#set page(width: {_PICTURE_CM}cm, height: auto, margin: 0pt, fill: white)
#set text(font: "DejaVu Sans")
#image(bytes(sys.inputs.drawn), format: "svg", width: 100%)
"""
