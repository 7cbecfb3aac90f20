"""The process that reads one file: it gets its order by stdin, sets its limits, and writes lines of JSON.

It is a fresh interpreter that imports only what its reader needs. What a file may take counts from where the
imports end; a system without these limits (Windows) has only the patience of who reads the answers. What it
writes is data and nothing else: an exception crosses as its name and its message.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from hotspots.errors import HotspotsError, UnreadableFileError

try:
    import resource
except ImportError:  # Windows
    _HAS_LIMITS = False
else:
    _HAS_LIMITS = True

TOO_MUCH_MEMORY = "memory"
TOO_DEEP = "depth"
_MB = 1_000_000
_WHOLE_SECONDS_MORE = 2
"""After so many seconds more the kernel ends a reader that has turned off its own clock."""


def main() -> None:
    """Read the file of the order to its end."""
    order = json.loads(sys.stdin.buffer.readline())
    # what a library prints must not stand between our lines
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        sys.modules.update(dict.fromkeys(order["without"]))  # as if they were not installed
        module, _, name = order["reader"].partition(":")
        read = getattr(importlib.import_module(module), name)
        path = Path(order["path"])
        _send(answers, {"begins": ""})
        _limit(order["memoryMb"] * _MB, order["seconds"])
        try:
            for message in read(path, **order["arguments"]):
                _send(answers, {"is": message})
            _send(answers, {"end": ""})
        except MemoryError:
            _send(answers, {"died": TOO_MUCH_MEMORY})
        except RecursionError:
            _send(answers, {"died": TOO_DEEP})
        except HotspotsError as error:
            dutch = error.dutch if isinstance(error, UnreadableFileError) else ""
            _send(answers, {"error": type(error).__name__, "message": str(error), "dutch": dutch})


def _limit(memory_bytes: int, seconds: float) -> None:
    if not _HAS_LIMITS:
        return
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_utime  # by the imports
    limits = {
        resource.RLIMIT_CPU: int(taken + seconds) + _WHOLE_SECONDS_MORE,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    if (taken_bytes := _taken_bytes()) is not None:
        limits[resource.RLIMIT_AS] = taken_bytes + memory_bytes
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    # the limit of the kernel knows whole seconds only; this clock ends the process when its time is over
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _taken_bytes() -> int | None:
    """The address space that the interpreter and its libraries take; None where the system doesn't say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except OSError:
        return None
    return int(pages) * resource.getpagesize()


def _send(answers: IO[bytes], message: Mapping[str, Any]) -> None:
    answers.write(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
