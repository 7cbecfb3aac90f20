"""Files that are taken along: made in bounded memory, then sent whole."""

from collections.abc import Callable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from hotspots.errors import StoreError
from hotspots.publishing.file_names import disposition

IN_MEMORY_BYTES = 1_000_000
"""A larger file waits on disk, where only the service can read it, until it is sent."""

_BLOCK_BYTES = 65_536


Spool = SpooledTemporaryFile[bytes]


def make_file(write: Callable[[IO[bytes]], None], name: str) -> Spool:
    """Make a file that is to be sent, bit by bit; who sends it closes it.

    Raises
    ------
    StoreError
        If there is no room for it.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # closed when it is sent
    try:
        write(cast("IO[bytes]", file))
    except OSError as error:
        file.close()
        raise StoreError(f"can't make '{name}' ({error.strerror}): make room for temporary files") from None
    except BaseException:
        file.close()
        raise
    return file


def send_file(
    file: Spool, *, media_type: str, name: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a file that was made, to be saved under a name."""
    size = file.tell()
    file.seek(0)

    def blocks() -> Iterator[bytes]:
        while block := file.read(_BLOCK_BYTES):
            yield block

    own = {"Content-Length": str(size), "Content-Disposition": disposition(name, is_saved=True)}
    return StreamingResponse(
        blocks(),
        media_type=media_type,
        headers=own | dict(headers or {}),
        background=BackgroundTask(file.close),
    )


def answer_content(content: bytes, *, media_type: str, name: str) -> Response:
    """Answer with a file that is made already, as :func:`answer_file` does."""

    def write(output: IO[bytes]) -> None:
        output.write(content)

    return answer_file(write, media_type=media_type, name=name)


def answer_file(write: Callable[[IO[bytes]], None], *, media_type: str, name: str) -> Response:
    """Answer with a file that is to be saved; it is made first, so that one that fails is no half file.

    Raises
    ------
    StoreError
        If there is no room for it.
    """
    return send_file(make_file(write, name), media_type=media_type, name=name)
