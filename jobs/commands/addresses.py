"""`hotspots addresses` and `hotspots geocode`: the address register, and locating with it."""

import csv
import io
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotspots.access.access_changes import OPERATOR
from hotspots.errors import AddressesError, NotFoundError
from hotspots.files.private_files import make_private_folder, new_private_file
from hotspots.files.rows import circles_seldom_looked_for
from hotspots.files.spreadsheets import safe_cell
from hotspots.geocoding.address_file import AddressFile, read_address_file
from hotspots.geocoding.address_list import locate_file
from hotspots.geocoding.online_client import online_geocoder
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.register_store import load_register
from hotspots.geocoding.relocation import relocate_reports
from hotspots.geocoding.reviewing import (
    Meant,
    NoPlace,
    Point,
    answer,
    count_unlocatable,
    read_review,
    take_back,
)
from hotspots.intake.scrubbing import scrub_address
from hotspots.store.areas import load_areas
from hotspots.store.audit import REVIEWING, processing
from jobs.commands import add_group
from jobs.commands.replacing import AcceptChanges, DryRun, addresses_from, put_addresses, tell_notes
from jobs.terminal import AsJson, console, opened, operator, progress, show

if TYPE_CHECKING:  # most commands of this module do without it, and it takes long to load
    from hotspots.evaluation.geocoding import Accuracy

SHOWN_REFUSALS = 5
Sheet = Annotated[
    str, typer.Option(metavar="NAME", help="Which sheet, of a workbook with more than one filled sheet.")
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so; kept with it.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "addresses", import_=import_file, locate=locate)
    geocode = typer.Typer(
        help="Locate reports that have no usable location yet, and review what only a person can locate.",
        invoke_without_command=True,
    )
    geocode.callback()(geocode_reports)
    geocode.command("review")(review)
    geocode.command("fix")(fix)
    geocode.command("forget")(forget)
    app.add_typer(geocode, name="geocode")


def import_file(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|URL",
            help="CSV (also .csv.gz, NLExtract), XLSX, ODS, PDOK's bag-light.gpkg, GeoJSON, or the address "
            "of an OGC API - Features collection.",
        ),
    ],
    municipality: Annotated[
        str, typer.Option(metavar="NAME", help="Keep only addresses of this municipality.")
    ] = "",
    sheet: Sheet = "",
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write refused rows here, with row number and reason.")
    ] = None,
    accept_changes: AcceptChanges = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import the address register: it replaces the one that is there, in one step.

    Addresses locate reports without coordinates, and say how many reports a place could be expected to have.
    Of a GeoPackage, GeoJSON or a service only what lies in the imported areas is read. Addresses that lie
    elsewhere, were rounded, or leave out most of those that are stored or whole towns, are refused.
    """
    with opened() as (settings, database), circles_seldom_looked_for():
        with database.reading() as connection:
            areas = load_areas(connection, settings.areas.gebieden)
        with progress(quiet=as_json) as bar:
            register = addresses_from(file, settings, areas, bar, municipality=municipality, sheet=sheet)
        changes, harm = put_addresses(
            database, settings, register, name=file, accept_changes=accept_changes, dry_run=dry_run
        )
    contents = register.contents
    tell_notes(contents.notes)
    _tell_refused(contents, rejects)
    show(
        {
            "read": contents.read,
            "addresses": changes.kept,
            "otherMunicipality": contents.other_municipality,
            "outside": register.outside,
            "withdrawn": contents.withdrawn,
            "refused": len(contents.refused),
            **changes.as_json(),
            **({"wouldBeRefused": harm} if dry_run else {}),
        },
        as_json,
    )


def locate(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, XLSX or ODS: straatnaam;huisnummer;huisletter;huisnummertoevoeging;postcode;"
            "woonplaats, or adres."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="Where to write; an existing file is replaced.")
    ],
    sheet: Sheet = "",
    as_json: AsJson = False,
) -> None:
    """Locate a table of addresses with the register; no online geocoder is asked.

    Every column is kept, and lon;lat;precisie;straal_m;gevonden;bron;reden are added.
    """
    with (
        opened() as (settings, database),
        circles_seldom_looked_for(),
        progress(quiet=as_json) as bar,
    ):
        task = bar.add_task(f"locating {file.name}", total=None)
        with database.reading() as connection:
            addresses = load_register(connection, settings)
        counts = locate_file(
            file,
            output,
            addresses,
            sheet=sheet,
            limits=settings.reading,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    for number, reason in counts.refused[:SHOWN_REFUSALS]:
        console.print(f"row {number} can't be read: {reason}", markup=False)
    if not as_json:
        for note, count in counts.notes.most_common():
            console.print(f"note: {note}: {count}", markup=False, highlight=False)
    result: dict[str, Any] = {"read": counts.read}
    result |= {str(name): count for name, count in counts.precisions.items()}
    if counts.refused:
        result["refused"] = len(counts.refused)
    if counts.notes and as_json:
        result["notes"] = dict(counts.notes)
    show(result, as_json)


def geocode_reports(context: typer.Context, as_json: AsJson = False) -> None:
    """Locate reports without a usable location: by the register, then online if the settings say so."""
    if context.invoked_subcommand is not None:
        return
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        task = bar.add_task("locating reports", total=None)
        online = online_geocoder(settings.geocoding)
        try:
            result = relocate_reports(
                database,
                settings,
                now=datetime.now(UTC),
                online=online,
                on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        finally:
            if online is not None:
                online.close()
    if result.online_stopped:
        console.print(f"went on without the online geocoder: {result.online_stopped}", markup=False)
    show(result.as_json(), as_json)


def review(
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Show so many addresses.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the addresses that only a person can locate, those of most reports first."""
    with opened() as (settings, database), processing(database, REVIEWING, now=datetime.now(UTC)):
        items = read_review(database, settings, limit=limit)
        without = count_unlocatable(database)
    if as_json:
        show({"adressen": [item.as_json(scrub_address) for item in items], "zonderAdres": without}, as_json)
        return
    tell = partial(console.print, markup=False, highlight=False)
    for item in items:
        tell(f"{len(item.report_ids):4}x  {scrub_address(item.written)}")
        tell(f"       {scrub_address(item.why_not_better)}")
        tell(f"       key: {item.key}")
        for number, candidate in enumerate(item.candidates, start=1):
            tell(f"       {number}. {candidate.found}")
    show({"addresses": len(items), "reports without an address": without}, as_json)


def fix(
    key: Annotated[str, typer.Argument(help="The key that `hotspots geocode review` shows.")],
    address: Annotated[
        str, typer.Option(metavar="TEXT", help="The address that is meant, or a park or school by its name.")
    ] = "",
    candidate: Annotated[
        int, typer.Option(min=0, max=1000, metavar="NUMBER", help="Accept this candidate.")
    ] = 0,
    point: Annotated[str, typer.Option(metavar="LON,LAT", help="The point that is meant, in degrees.")] = "",
    radius: Annotated[
        float, typer.Option(min=1, max=1000, help="How far off the point can be, in metres.")
    ] = 25,
    no_place: Annotated[
        NoPlace | None, typer.Option("--no-place", help="Nobody can place it, and why.")
    ] = None,
    by: By = "command line",
    as_json: AsJson = False,
) -> None:
    """Say where an address is, or that nobody can: for all that is written alike, also in later imports."""
    if sum(map(bool, (address, candidate, point, no_place))) != 1:
        raise typer.BadParameter("wanted one of --address, --candidate, --point and --no-place")
    now, actor = datetime.now(UTC), operator(by)
    meant: Meant = no_place or address or candidate
    if point:
        lon, lat = _point(point)
        meant = Point(lon, lat, radius)
    with opened() as (settings, database), processing(database, REVIEWING, now=now):
        count = answer(database, settings, key, meant, now=now, by=actor)
    show({"key": key, "reports": count}, as_json)


def forget(
    key: Annotated[str, typer.Argument(help="The key that was corrected.")], as_json: AsJson = False
) -> None:
    """Take back where an address was said to be; its reports lie where the register says, or nowhere."""
    now = datetime.now(UTC)
    with opened() as (settings, database):
        try:
            count, forgotten = take_back(database, settings, key, now=now, by=OPERATOR), True
        except NotFoundError:
            count, forgotten = 0, False
    show({"key": key, "forgotten": forgotten, "reports": count}, as_json)


def evaluate_accuracy(
    file: Annotated[
        Path | None,
        typer.Argument(help="An address register; without it the imported one is taken.", show_default=False),
    ] = None,
    sample: Annotated[
        int, typer.Option(min=0, max=10**9, help="How many addresses of each kind; 0 is all.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Another seed gives other damage.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Damage real addresses in named ways, locate them, and tell how often that is right.

    right: within 10 m, as address or house number. refused: located less precisely, or not at all. wrong: as
    address or house number, and more than 60 m off; of addresses that don't exist, any. All in percent.
    """
    from hotspots.evaluation.geocoding import KINDS, evaluate_geocoding  # what only this command needs

    if file is None:
        with opened() as (settings, database), database.reading() as connection:
            addresses = load_register(connection, settings)
    else:
        addresses = AddressRegister(read_address_file(file).table)
    if not len(addresses):
        raise AddressesError(
            "wanted addresses to damage, found none: name a file, or import a register first"
        )
    with progress(quiet=as_json) as bar:
        task = bar.add_task("damaging and locating", total=len(KINDS))
        accuracy = evaluate_geocoding(
            addresses,
            seed=seed,
            sample=sample,
            on_kind=lambda kind: bar.update(task, advance=1, description=kind),
        )
    if as_json:
        show(_as_json(accuracy), as_json)
        return
    _write_accuracy(accuracy)


def _as_json(accuracy: "Accuracy") -> dict[str, Any]:
    return {
        "kinds": {
            score.kind: {
                "group": score.group,
                "count": score.count,
                "right": score.right,
                "refused": score.refused,
                "confidentlyWrong": score.confidently_wrong,
                "perSecond": round(score.per_second),
            }
            for score in accuracy.kinds
        },
        "precisions": {
            score.precision: {
                "count": score.count,
                "medianM": None if score.median_m != score.median_m else round(score.median_m, 1),
                "p90M": None if score.p90_m != score.p90_m else round(score.p90_m, 1),
            }
            for score in accuracy.precisions
        },
        "confidentlyWrong": accuracy.confidently_wrong,
    }


def _write_accuracy(accuracy: "Accuracy") -> None:
    sys.stdout.write(f"{'kind':<32}{'':<9}{'right':>8}{'refused':>9}{'wrong':>8}{'per s':>11}\n")
    for kind in accuracy.kinds:
        right = "-" if kind.group == "absent" else f"{100 * kind.right:.2f}"
        sys.stdout.write(
            f"{kind.kind:<32}{kind.group:<9}{right:>8}{100 * kind.refused:>9.2f}"
            f"{100 * kind.confidently_wrong:>8.3f}{kind.per_second:>11,.0f}\n"
        )
    sys.stdout.write(f"{'all kinds':<32}{'':<9}{'':>8}{'':>9}{100 * accuracy.confidently_wrong:>8.3f}\n\n")
    sys.stdout.write(f"{'precision':<32}{'count':>9}{'median m':>10}{'p90 m':>8}\n")
    for precision in accuracy.precisions:
        sys.stdout.write(
            f"{precision.precision:<32}{precision.count:>9}{precision.median_m:>10.1f}{precision.p90_m:>8.1f}\n"
        )


def _point(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"wanted a point such as 5.69,50.85, found '{text}'") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise typer.BadParameter(f"wanted lon,lat in degrees, found '{text}'")
    return lon, lat


def _tell_refused(contents: AddressFile, path: Path | None) -> None:
    for row in contents.refused.head(SHOWN_REFUSALS).itertuples():
        console.print(f"refused row {row.row}: {row.reason}", markup=False)
    if path is not None and len(contents.refused):
        make_private_folder(path.parent)
        with new_private_file(path) as new:
            file = io.TextIOWrapper(new.file, encoding="utf-8", newline="")
            writer = csv.writer(file, delimiter=";")
            writer.writerow(("rij", "reden"))
            rows = contents.refused[["row", "reason"]].itertuples(index=False, name=None)
            writer.writerows([safe_cell(cell) for cell in row] for row in rows)
            file.detach()
