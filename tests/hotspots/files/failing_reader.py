"""A reader that fails in every way, for a process of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotspots.errors import AreasError


def reads(path: Path, *, doing: str) -> Iterator[Any]:
    """Do what a reader that fails does, after a first message."""
    yield path.read_text(encoding="utf-8")
    match doing:
        case "takes memory":
            yield len(bytearray(500_000_000))
        case "never ends":
            while True:
                pass
        case "waits for ever":
            os.read(os.pipe()[0], 1)
        case "crashes":
            os.kill(os.getpid(), 11)
        case "calls itself":
            yield from reads(path, doing=doing)
        case "stops":
            sys.exit(3)
        case "fails":
            raise ValueError("'Jan Jansen' is no number")
        case "refuses":
            raise AreasError("wanted areas, found none")
        case "tells its environment":
            yield sorted(os.environ)
        case "writes a file":
            (path.parent / "written").write_text("x")
