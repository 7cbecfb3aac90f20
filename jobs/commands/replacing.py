"""What the commands that replace all areas or addresses share: their options, and how they fetch."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from hotspots.errors import DownloadError
from hotspots.files.feature_download import FeatureService, Wanted, is_url
from hotspots.geography.area_files import AreaFile, read_area_file
from hotspots.settings import Settings
from jobs.terminal import console

AcceptChanges = Annotated[
    bool, typer.Option("--accept-changes", help="Import also what would harm what is stored.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]


def tell(notes: Iterable[str]) -> None:
    """Write what was not read as it was written, a line each, to stderr."""
    for note in notes:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def areas_from(source: str, settings: Settings, bar: Progress) -> Iterator[AreaFile]:
    """Read areas from a file, or from the collections buurten and wijken of a service.

    Raises
    ------
    HotspotsError
        If they can't be fetched or read.
    """
    task = bar.add_task(f"reading {source}", total=None)
    municipality = settings.municipality
    with tempfile.TemporaryDirectory() as folder:
        path, wijken = Path(source), None
        if is_url(source):
            wanted = Wanted({"gemeentecode": municipality.code} if municipality.code else {})
            path = Path(folder) / "areas.geojson"
            with closing(FeatureService(source, settings.pdok)) as service:
                name = service.collection or _one_with(service, "buurt")
                count = service.download([name], path, wanted, on_progress=_shown(bar, task))
                if not count:
                    raise DownloadError(f"{source}: wanted areas of '{municipality.code}', found none")
                if "buurt" in name and "wijken" in service.collections():
                    wijken = Path(folder) / "wijken.geojson"
                    service.download(["wijken"], wijken, wanted)
        found = read_area_file(path, municipality_code=municipality.code, crs=municipality.crs, wijken=wijken)
        bar.update(task, total=1, completed=1)
        yield found


def _one_with(service: FeatureService, word: str) -> str:
    """The collection with a word in its name."""
    names = service.collections()
    found = [name for name in names if word in name.lower()]
    if len(found) != 1:
        raise DownloadError(
            f"{service.address}: wanted one collection with '{word}' in its name, found {', '.join(names)}: "
            "name it, as …/collections/NAME"
        )
    return found[0]


def _shown(bar: Progress, task: TaskID) -> Callable[[int], None]:
    return lambda count: bar.update(task, completed=count)
