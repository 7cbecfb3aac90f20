"""What the commands that replace areas or addresses have in common: their options, a bar, and the notes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from hotspots.geography.area_files import AreaFile
from hotspots.operations import replacing
from hotspots.operations.replacing import Register
from hotspots.settings import Settings
from hotspots.store.area_changes import AreaChanges
from hotspots.store.database import Database
from jobs.terminal import tell

if TYPE_CHECKING:
    import geopandas as gpd

    from hotspots.geocoding.register_changes import RegisterChanges

AcceptChanges = Annotated[
    bool, typer.Option("--accept-changes", help="Import also what would harm what is stored.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]


def tell_notes(notes: Iterable[str]) -> None:
    """Write what was not read as it was written, a line each, to stderr."""
    for note in notes:
        tell(f"note: {note}")


def areas_from(source: str, settings: Settings, bar: Progress) -> AreaFile:
    """Read areas from a file or a service, with a bar."""
    with _reading(source, bar) as on_progress:
        return replacing.areas_from(source, settings, on_progress=on_progress)


def put_areas(
    database: Database,
    settings: Settings,
    found: AreaFile,
    *,
    name: str,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> tuple[AreaChanges, list[str]]:
    """Put areas in the place of those that are stored, as who runs the software."""
    changes, harm = replacing.put_areas(
        database,
        settings,
        found,
        name=name,
        now=datetime.now(UTC),
        by=None,
        accept_changes=accept_changes,
        dry_run=dry_run,
    )
    return changes, [str(one) for one in harm]


def addresses_from(
    source: str,
    settings: Settings,
    areas: "gpd.GeoDataFrame",
    bar: Progress,
    *,
    municipality: str = "",
    sheet: str = "",
) -> Register:
    """Read addresses from a file or a service, with a bar."""
    with _reading(source, bar) as on_progress:
        return replacing.addresses_from(
            source, settings, areas, municipality=municipality, sheet=sheet, on_progress=on_progress
        )


def put_addresses(
    database: Database,
    settings: Settings,
    register: Register,
    *,
    name: str,
    accept_changes: bool = False,
    dry_run: bool = False,
) -> "tuple[RegisterChanges, list[str]]":
    """Put addresses in the place of those that are stored, as who runs the software."""
    changes, harm = replacing.put_addresses(
        database,
        settings,
        register,
        name=name,
        now=datetime.now(UTC),
        by=None,
        accept_changes=accept_changes,
        dry_run=dry_run,
    )
    return changes, [str(one) for one in harm]


@contextmanager
def _reading(source: str, bar: Progress) -> Iterator[Callable[[int], None]]:
    """Show on a bar how many features were read, and at the end that it is done."""
    task = bar.add_task(f"reading {source}", total=None)
    yield lambda count: bar.update(task, completed=count)
    bar.update(task, total=1, completed=1)
