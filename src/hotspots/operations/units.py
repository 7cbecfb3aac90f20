"""Units of work, each in a process of its own that ends with it.

So nothing of one municipality stays in memory when the next one begins, and what kills one process (too
large a file, too little memory) stops no other. A unit must be idempotent: when its process is lost, it is
done again.

A process starts from one that holds our modules and nothing else (:mod:`multiprocessing`'s ``forkserver``),
as reading them takes longer than a weekly run. It ends when whoever started it does, a worker of Dask too.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from hotspots.settings import PATH_VARIABLE

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

ATTEMPTS = 3
"""So often a unit is begun whose process is lost each time."""


@dataclass(frozen=True)
class Unit:
    """One municipality and job: names only, never a setting."""

    name: str
    settings: Path
    folder: Path  # that relative paths in the settings start from
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a unit."""

    name: str
    result: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    seconds: float = 0.0


Work = Callable[[Sequence[str]], Outcome]
"""Does what the arguments say, by the settings that `HOTSPOTS_CONFIG` names; a function of a module."""


def do_units(
    units: Iterable[Unit], work: Work, executor: Executor, *, modules: Sequence[str] = ()
) -> Iterator[Outcome]:
    """Do units, and give what came of each as soon as it is done.

    Parameters
    ----------
    modules
        To hold ready for the processes.
    """
    futures = {executor.submit(do_apart, unit, work, modules): unit for unit in units}
    for future in as_completed(futures):
        yield _outcome(future, futures[future])


def do_apart(unit: Unit, work: Work, modules: Sequence[str] = ()) -> Outcome:
    """Do a unit in a process of its own; again when the process is lost."""
    begun = perf_counter()
    for _ in range(ATTEMPTS):
        outcome = _attempt(unit, work, modules)
        if outcome is not None:
            return Outcome(unit.name, outcome.result, outcome.problem, round(perf_counter() - begun, 2))
    problem = f"its process was ended {ATTEMPTS} times before it was done: killed, or out of memory"
    return Outcome(unit.name, problem=problem, seconds=round(perf_counter() - begun, 2))


def _outcome(future: "Future[Outcome]", unit: Unit) -> Outcome:
    if future.cancelled():
        return Outcome(unit.name, problem="the scheduler dropped it, or was lost: do it again")
    error = future.exception()
    if error is None:
        return future.result()
    problem = (
        f"no worker could do it ({type(error).__name__}): look at their logs, and whether scheduler and "
        "workers have this version of hotspots"
    )
    return Outcome(unit.name, problem=problem)


def _attempt(unit: Unit, work: Work, modules: Sequence[str]) -> Outcome | None:
    """What came of it; None when the process was lost."""
    context = _context(modules)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(unit, work, theirs), name=unit.name)
    _let_have_children()
    with ours:
        with theirs:
            process.start()
        try:
            outcome: Outcome = ours.recv()
        except EOFError:
            return None
        finally:
            _end(process)
    return outcome


def _context(modules: Sequence[str]) -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context


def _let_have_children() -> None:
    # a worker of Dask is a daemon, so that its nanny ends it; our process ends with it too
    this = multiprocessing.current_process()
    if this.daemon:
        this.daemon = False


def _end(process: "BaseProcess") -> None:
    process.join(5)
    if process.is_alive():
        process.kill()
        process.join()


def _do(unit: Unit, work: Work, to_starter: Connection) -> None:
    """Do it, in a process of its own."""
    for asked_to_stop in (signal.SIGINT, signal.SIGTERM):  # who started it keeps back what has not begun
        signal.signal(asked_to_stop, signal.SIG_IGN)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    try:
        os.chdir(unit.folder)
    except OSError as error:
        problem = f"wanted to work in the folder '{unit.folder}', as where it was asked for: {error.strerror}"
        outcome = Outcome(unit.name, problem=problem)
    else:
        os.environ[PATH_VARIABLE] = str(unit.settings)
        outcome = work(unit.arguments)
    to_starter.send(outcome)


def _end_with_starter() -> None:
    starter = multiprocessing.parent_process()
    if starter is not None:
        wait([starter.sentinel])
        os._exit(1)
