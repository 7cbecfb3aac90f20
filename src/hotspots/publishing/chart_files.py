"""Charts as files of their own: SVG with its colours filled in, and pictures."""

import re

from hotspots.errors import StoreError
from hotspots.publishing.chart_drawings import WIDTH, Drawing
from hotspots.publishing.typesetting import set_picture

_VARIABLE = re.compile(r"var\(--[a-z-]+, (#[0-9a-f]{6})\)")


def standalone(svg: str) -> str:
    """Give a drawing as a file of its own: its colours filled in, on a white ground, as large as it likes.

    Examples
    --------
    >>> drawn = standalone('<svg viewBox="0 0 400 9"><rect fill="var(--inkt, #1c2733)"/></svg>')
    >>> print(drawn.replace("><", ">\\n<"))
    <svg width="800" height="18" viewBox="0 0 400 9">
    <rect width="400" height="9" fill="#ffffff"/>
    <rect fill="#1c2733"/>
    </svg>
    """
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    if box is None:
        raise StoreError("wanted a drawing with a viewBox from 0 0, found none")
    width, height = (int(size) for size in box.groups())
    printed = _VARIABLE.sub(r"\1", svg)
    printed = printed.replace("<svg ", f'<svg width="{2 * width}" height="{2 * height}" ', 1)
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    head, sign, rest = printed.partition("</desc>" if "</desc>" in printed else ">")
    return f"{head}{sign}{ground}{rest}"


def picture(drawing: Drawing, *, width_px: int = 1600) -> bytes:
    """Give a drawing as a picture (PNG), with its title above it."""
    inputs = {"title": drawing.title, "drawing": standalone(drawing.svg)}
    return set_picture(_PICTURE.encode(), inputs=inputs, ppi=72 * width_px / (WIDTH + 24))


_PICTURE = f"""#set page(width: {WIDTH + 24}pt, height: auto, margin: 12pt, fill: white)
#set text(font: "DejaVu Sans", size: 12pt, lang: "nl")
#text(weight: "bold", sys.inputs.title)
#image(bytes(sys.inputs.drawing), format: "svg", width: {WIDTH}pt, alt: sys.inputs.title)
"""
