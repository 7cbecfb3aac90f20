"""Files that are taken along: made in bounded memory, then sent whole."""

from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from hotspots.errors import StoreError
from hotspots.publishing.file_names import disposition

IN_MEMORY_BYTES = 1_000_000
"""A larger file waits on disk, where only the service can read it, until it is sent."""

_BLOCK_BYTES = 65_536


def answer_file(write: Callable[[IO[bytes]], None], *, media_type: str, name: str) -> Response:
    """Answer with a file that is to be saved; it is made first, so that one that fails is no half file.

    Parameters
    ----------
    write
        Writes it, bit by bit.
    name
        How it is to be called.

    Raises
    ------
    StoreError
        If there is no room for it.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # closed when it is sent
    try:
        write(cast("IO[bytes]", file))
        size = file.tell()
        file.seek(0)
    except OSError as error:
        file.close()
        raise StoreError(f"can't make '{name}' ({error.strerror}): make room for temporary files") from None
    except BaseException:
        file.close()
        raise

    def blocks() -> Iterator[bytes]:
        while block := file.read(_BLOCK_BYTES):
            yield block

    headers = {"Content-Length": str(size), "Content-Disposition": disposition(name, is_saved=True)}
    return StreamingResponse(
        blocks(), media_type=media_type, headers=headers, background=BackgroundTask(file.close)
    )
