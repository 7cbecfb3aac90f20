"""Where work is done that falls apart in pieces: on this machine, or on a cluster of Dask.

Both are an Executor of :mod:`concurrent.futures`. Spreading work, what to do when a worker is lost, and a
page that shows it, are Dask's own.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from hotspots.errors import ClusterError

_ADDRESS = re.compile(r"(?:tcp|tls)://(?:[^\s:/]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
CONNECT_S, WORKERS_S = 5, 10
"""How long to wait for a scheduler to answer, and for it to have a worker."""


@contextmanager
def workers_of(
    scheduler: str | None, workers: int | None, *, local: Callable[[int], Executor]
) -> Iterator[Executor]:
    """Give an executor; what waits in it is dropped when it is left early.

    Parameters
    ----------
    scheduler
        Address of a scheduler of Dask, as ``tcp://10.0.0.5:8786``; None for this machine.
    workers
        How many pieces to do at a time on this machine; None for one per processor.
    local
        Makes the executor for this machine, of so many workers.

    Raises
    ------
    ClusterError
        If Dask is not installed, the scheduler does not answer, or it has no worker.
    """
    if scheduler is not None:
        with _on_cluster(scheduler) as executor:
            yield executor
        return
    executor = local(workers or processors())
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _on_cluster(address: str) -> Iterator[Executor]:
    if not _ADDRESS.fullmatch(address):
        raise ClusterError(
            f"wanted the address of a scheduler of Dask, such as 'tcp://10.0.0.5:8786', found '{address}'"
        )
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "wanted Dask for work on more machines, found it not installed: pip install 'hotspots[cluster]'"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is told here, in one line
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except OSError:
        raise ClusterError(
            f"wanted a scheduler of Dask at {address}, found none that answers in {CONNECT_S} s: start one "
            "('dask scheduler'), or look at address and firewall"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_S)
        except TimeoutError:
            raise ClusterError(
                f"wanted workers, found that the scheduler at {address} has none: start one "
                f"('dask worker {address}')"
            ) from None
        executor = client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
