"""Static files of the pages: our own styles and scripts, and Leaflet and Swagger UI from their wheels."""

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from xstatic.pkg import leaflet


def _folder_of(package: str) -> Path:
    """Where a package lies, of which only files are used."""
    found = importlib.util.find_spec(package)
    assert found is not None  # noqa: S101  # for the type checker
    assert found.origin is not None  # noqa: S101
    return Path(found.origin).parent


STATIC = Path(__file__).parents[1] / "static"
LEAFLET = Path(leaflet.BASE_DIR)
_FOLDERS = {"/static": STATIC, "/leaflet": LEAFLET, "/swagger": _folder_of("fastapi_offline") / "static"}


class LastingFiles(StaticFiles):
    """Files whose address changes with their content, so that browsers may cache them for long."""

    def file_response(self, *args: object, **options: object) -> Response:
        """Give a file."""
        response = super().file_response(*args, **options)  # type: ignore[arg-type]  # passed on unchanged
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def mount_assets(app: FastAPI) -> None:
    """Serve the files."""
    for path, folder in _FOLDERS.items():
        app.mount(path, LastingFiles(directory=folder), name=path.strip("/"))


@cache
def asset_url(path: str) -> str:
    """The address of a file such as ``/static/style.css``, with a hash of its content."""
    digest = hashlib.sha256(read_asset(path).encode()).hexdigest()[:12]
    return f"{path}?v={digest}"


@cache
def read_asset(path: str) -> str:
    """The text of a file such as ``/static/style.css``."""
    mount, name = path.rsplit("/", 1)
    return (_FOLDERS[mount] / name).read_text(encoding="utf-8")
