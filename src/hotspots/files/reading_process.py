"""Reading a file in a process of its own: one that is made to break its reader ends that, and nothing else.

A file can be small and take all memory, go on for ever, or crash a parser that is written in C. So what is
more than lines of text is read by a child (:mod:`hotspots.files.reading_child`) with limits on memory and
processor time, without our environment, which gives rows as JSON. The child is a fresh interpreter: the
service has threads, and a fork of it could hang.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hotspots import errors
from hotspots.errors import HotspotsError, UnreadableFileError
from hotspots.files import reading_child
from hotspots.files.kinds import require_plain_file
from hotspots.settings import ReadingSettings

Reader = Callable[..., Iterator[Any]]
"""Takes the path and its arguments by name; gives what JSON can hold. Known by its name in its module."""

DEFAULT_LIMITS = ReadingSettings()

LONGEST_MESSAGE = 100_000_000
"""Of a child, in bytes: more than its batches ever are."""

_CHUNK_BYTES = 1 << 20
_START_SECONDS = 60.0  # until it has imported what it needs, on a machine with much else to do
_END_SECONDS = 5
_NO_MEMORY = (b"memory allocation", b"MemoryError", b"bad_alloc")
_SHOWN_BYTES = 4000  # of what the child said when it ended
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | {
    name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ
}
"""Threads that only compute would take address space; Windows starts nothing without its root."""


@contextmanager
def read_apart(
    reader: Reader,
    path: Path,
    arguments: Mapping[str, Any],
    *,
    limits: ReadingSettings,
    environment: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
) -> Iterator[Iterator[Any]]:
    """Give what a reader makes of a file, as it is read in a process of its own.

    Parameters
    ----------
    reader
        A generator on the level of a module; it is imported in the child.
    arguments
        Of the reader, by name; what JSON can hold.
    environment
        Variables that the child gets; it gets none of ours.
    without
        Packages that are not there for it, as importing them takes long.

    Raises
    ------
    UnreadableFileError
        If it is no plain file, or it ended its reader: then, while it is read.
    HotspotsError
        What the reader raises.
    """
    require_plain_file(path)
    order = {
        "reader": f"{reader.__module__}:{reader.__qualname__}",
        "path": str(path),
        "arguments": dict(arguments),
        "without": list(without),
        "memoryMb": limits.max_memory_mb,
        "seconds": limits.seconds_of(path.stat().st_size),
    }
    child = subprocess.Popen(  # our own module in our own interpreter
        [sys.executable, "-I", "-m", "hotspots.files.reading_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_ENVIRONMENT | dict(environment or {}),
        start_new_session=True,
    )
    with child:
        try:
            yield _messages(child, order, path, limits)
        finally:
            child.kill()


def _messages(
    child: subprocess.Popen[bytes], order: Mapping[str, Any], path: Path, limits: ReadingSettings
) -> Iterator[Any]:
    try:
        _written(child).write(json.dumps(order).encode("ascii") + b"\n")
        _written(child).close()
    except BrokenPipeError:
        raise _died(child, path, limits) from None
    for line in _lines(child, path, limits):
        try:
            message = json.loads(line)
            (kind, told), *more = message.items()
        except (ValueError, RecursionError, AttributeError):
            raise _died(child, path, limits) from None
        match kind:
            case "is":
                yield told
            case "begins":
                pass
            case "end":
                return
            case "error":
                raise _error(str(told), *(str(text) for _, text in more))
            case _:
                raise _refusal(path, str(told), limits)
    raise _died(child, path, limits)


def _lines(child: subprocess.Popen[bytes], path: Path, limits: ReadingSettings) -> Iterator[bytes]:
    """What the child writes, line by line; it is ended when nothing comes for too long, or too much."""
    assert child.stdout is not None  # noqa: S101  # it was asked for
    answers = child.stdout.fileno()
    patience_s = _START_SECONDS
    parts: list[bytes] = []
    length = 0
    reading = ThreadPoolExecutor(max_workers=1)  # as Windows can't wait for a pipe for a while only
    try:
        while True:
            try:
                chunk = reading.submit(os.read, answers, _CHUNK_BYTES).result(patience_s)
            except TimeoutError:
                child.kill()  # which ends the read that is waited for
                raise _refusal(path, "silence", limits) from None
            patience_s = limits.silent_seconds + 2 * limits.seconds_of(path.stat().st_size)
            if not chunk:
                return
            first, *others = chunk.split(b"\n")
            parts.append(first)
            for other in others:
                yield b"".join(parts)
                parts = [other]
            length = sum(map(len, parts)) if others else length + len(first)
            if length > LONGEST_MESSAGE:
                raise _refusal(path, reading_child.TOO_MUCH_MEMORY, limits)
    finally:
        reading.shutdown(wait=False)


def _written(child: subprocess.Popen[bytes]) -> Any:
    return child.stdin


def _died(child: subprocess.Popen[bytes], path: Path, limits: ReadingSettings) -> HotspotsError:
    """Why the child is gone, by how it ended and what it said last."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=_END_SECONDS)
    child.kill()  # it may have closed its answers, and go on
    said = b"" if child.stderr is None else child.stderr.read()[-_SHOWN_BYTES:]
    code = child.wait()
    ended_by = signal.Signals(-code).name if code < 0 else ""  # not all of these exist on Windows
    if ended_by in ("SIGPROF", "SIGXCPU"):
        return _refusal(path, "time", limits)
    if ended_by == "SIGKILL" or any(words in said for words in _NO_MEMORY):
        return _refusal(path, reading_child.TOO_MUCH_MEMORY, limits)
    if ended_by:
        return _refusal(path, f"it crashed with {ended_by}", limits)
    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return _refusal(path, f"it stopped with {last.partition(':')[0] or code}", limits)


def _refusal(path: Path, why: str, limits: ReadingSettings) -> UnreadableFileError:
    """One line about a file that ended its reader."""
    to_do = "ask for a smaller or a new export"
    match why:
        case reading_child.TOO_MUCH_MEMORY:
            found = f"it takes more than {limits.max_memory_mb} MB of memory (reading.max_memory_mb)"
            dutch = "Het lezen van dit bestand kost te veel geheugen. Lever het in delen."
        case "time":
            found = "it takes more time than a file of its size may (reading.seconds_per_mb)"
            dutch = "Het lezen van dit bestand duurt te lang. Lever het in delen."
        case "silence":
            found = f"nothing came of it for {limits.silent_seconds:g} s (reading.silent_seconds)"
            dutch = "Het lezen van dit bestand duurt te lang. Lever het in delen."
        case reading_child.TOO_DEEP:
            found = "it is nested too deep"
            dutch = "Dit bestand is te diep genest. Laat het opnieuw maken."
        case _:
            found = why
            dutch = "Dit bestand kan niet gelezen worden: het lezen liep vast. Laat het opnieuw maken."
    return UnreadableFileError(f"'{path}' ended its reader: {found}; {to_do}", dutch)


def _error(name: str, message: str = "", dutch: str = "") -> HotspotsError:
    kind = getattr(errors, name, None)
    if kind is UnreadableFileError:
        return UnreadableFileError(message, dutch)
    if isinstance(kind, type) and issubclass(kind, HotspotsError):
        return kind(message)
    return HotspotsError(message)
