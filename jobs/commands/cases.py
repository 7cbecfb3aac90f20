"""What the commands share that run many cases: how many at a time, where, and the table of their figures."""

import math
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer

from hotspots.intake.sources.mapping import SourceMapping, load_mapping, read_mapping
from hotspots.operations.executors import workers_of
from hotspots.settings import Settings
from jobs.terminal import require_one_place

CasesAtATime = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "--processes",  # as it was called before
        min=1,
        max=1024,
        metavar="N",
        help="How many years to do at a time here; by default one per processor.",
    ),
]

EventsFile = Annotated[Path, typer.Argument(help="Events with time and coordinates, as for reports import.")]
EventsSource = Annotated[
    str, typer.Option(metavar="NAME", help="Which mapping to read it with: config/sources/NAME.toml.")
]
EventsMapping = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Or the mapping file itself, wherever it is.")
]

PLACE_COLUMNS = {
    "counted": "planted",
    "found": "found",
    "recall": "recall",
    "extraPerHotspot": "extra",
    "medianDelayDays": "delay d",
    "p90DelayDays": "p90",
    "maxDelayDays": "max",
    "medianCentreShare": "centre",
    "centreRight": "in third",
}
"""Figures of planted hotspots, as :func:`hotspots.evaluation.place_figures.row_of` names them."""


def events_mapping(settings: Settings, source: str, mapping: Path | None) -> SourceMapping:
    """Give the mapping that events are read with: of a source by name, or a file."""
    if bool(source) == (mapping is not None):
        raise typer.BadParameter("wanted either --source NAME or --mapping FILE")
    return read_mapping(mapping) if mapping else load_mapping(settings.sources, source)


@contextmanager
def case_workers(workers: int | None, scheduler: str | None) -> Iterator[Executor | None]:
    """Give the executor of processes here or of a cluster; None for one at a time, in this process."""
    require_one_place(workers, scheduler)
    if workers == 1:
        yield None
        return
    with workers_of(scheduler, workers, local=_spawned) as executor:
        yield executor


def _spawned(workers: int) -> Executor:
    # spawned, because a fork copies the locks of threads that don't exist in the child
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def write_table(rows: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Write figures as a table on stdout; a dash where there is none."""
    width = max(len(name) for name in rows)
    widths = [max(len(title), 7) for title in columns.values()]
    titles = "  ".join(f"{title:>{wide}}" for title, wide in zip(columns.values(), widths, strict=True))
    sys.stdout.write(f"{'':<{width}}  {titles}\n")
    for name, row in rows.items():
        cells = [_shown(row.get(key)) for key in columns]
        line = "  ".join(f"{cell:>{wide}}" for cell, wide in zip(cells, widths, strict=True))
        sys.stdout.write(f"{name:<{width}}  {line}\n")


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def without_nan(value: Any) -> Any:
    """Replace NaN, which JSON does not have, by null."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
