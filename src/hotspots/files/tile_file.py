"""Images of the background from a file of tiles (MBTiles 1.3), as QGIS writes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path

import structlog

from hotspots.errors import BackgroundError

log = structlog.get_logger(__name__)

_SIGNS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
MAX_TILE_BYTES = 2_000_000


class TileFile:
    """A file of tiles, read only.

    Parameters
    ----------
    path
        An MBTiles file with PNG, JPEG or WebP images.

    Attributes
    ----------
    zooms
        The least and the greatest zoom level.

    Raises
    ------
    BackgroundError
        If it is no such file, or an empty one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if self._metadata.get("format", "png") not in ("png", "jpg", "jpeg", "webp"):
            raise BackgroundError(
                f"wanted tiles of images, found '{path}' with {self._metadata['format']}: write it with "
                "Generate XYZ tiles (MBTiles) in QGIS"
            )
        self.zooms = self._read_zooms()

    @cached_property
    def version(self) -> str:
        """A mark that is another one when the file was replaced."""
        status = self.path.stat()
        return f"{status.st_mtime_ns:x}{status.st_size:x}"

    @property
    def attribution(self) -> str:
        """Whose data they are."""
        return self._metadata.get("attribution", "")

    def image(self, zoom: int, column: int, row: int) -> tuple[bytes, str] | None:
        """The image of a tile (numbered from above) and its media type; None if the file has none there."""
        with self._opened() as connection:
            found = connection.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ? "
                "AND typeof(tile_data) = 'blob' AND length(tile_data) <= ?",
                (zoom, column, 2**zoom - 1 - row, MAX_TILE_BYTES),
            ).fetchone()
        if found is None:
            return None
        data = bytes(found[0])
        kinds = [kind for sign, kind in _SIGNS.items() if data.startswith(sign)]
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            kinds.append("image/webp")
        return (data, kinds[0]) if kinds else None

    def _read_zooms(self) -> tuple[int, int]:
        with self._opened() as connection:
            least, greatest = connection.execute(
                "SELECT min(zoom_level), max(zoom_level) FROM tiles"
            ).fetchone()
        if least is None:
            raise BackgroundError(f"wanted tiles, found none in '{self.path}'")
        return int(least), int(greatest)

    @cached_property
    def _metadata(self) -> dict[str, str]:
        with self._opened() as connection:
            return {
                str(name): str(value)
                for name, value in connection.execute("SELECT name, value FROM metadata")
            }

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                yield connection
        except sqlite3.Error as error:
            raise BackgroundError(
                f"wanted a file of tiles (MBTiles), found '{self.path}', which can't be read: {error}"
            ) from None


def tile_file(path: str) -> TileFile:
    """Give the file of tiles at a path, looked into once for as long as it is the same file.

    Raises
    ------
    BackgroundError
        If there is none, or it is no such file.
    """
    try:
        status = Path(path).stat()
    except OSError as error:
        raise BackgroundError(
            f"wanted a file of tiles (MBTiles), found that '{path}' can't be read ({error.strerror})"
        ) from None
    return _known(path, (status.st_ino, status.st_mtime_ns, status.st_size))


def readable_tiles(path: str) -> TileFile | None:
    """Give the file of tiles at a path; None if no path is set, or, with a warning, if it can't be read.

    A map without its tiles is still a map.
    """
    if not path:
        return None
    try:
        return tile_file(path)
    except BackgroundError as error:
        _warn(str(error))
        return None


@lru_cache(maxsize=4)
def _warn(message: str) -> None:
    """Tell it once: each map of a service would."""
    log.warning("maps go without their tiles", reason=message)


@lru_cache(maxsize=4)
def _known(path: str, _version: tuple[int, int, int]) -> TileFile:
    return TileFile(Path(path))
