"""What is wrong with a delivery that was read: by itself, or held against earlier ones of its source.

None of it stops an import, as what is there can be used. But each makes the list poorer than it was without a
word in it: so it is a finding as long as it is so of the last delivery of a source, and an alert when it
begins.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sqlalchemy import Connection

from hotspots.files.delimited import REPLACED_BYTE
from hotspots.files.records import LINES_ENDINGS
from hotspots.intake.coarse_points import ROUNDED
from hotspots.intake.plausible_times import ALL_AT_MIDNIGHT
from hotspots.intake.reports import OLDER_VERSION
from hotspots.intake.sources.times import UNPROVEN_DAY_FIRST, UNPROVEN_MONTH_FIRST
from hotspots.operations.health_figures import Delivery, ImportFigures, read_delivery
from hotspots.settings import HealthSettings
from hotspots.wording import count, listed, number

_WITHOUT_HEADER = (".json", ".geojson", *LINES_ENDINGS)
_TOLD_APART = frozenset(
    {REPLACED_BYTE, ROUNDED, ALL_AT_MIDNIGHT, OLDER_VERSION, UNPROVEN_DAY_FIRST, UNPROVEN_MONTH_FIRST}
)
"""Notes that are a flaw by themselves, or none however many there are, as any week may have them."""


@dataclass(frozen=True)
class Flaw:
    """Something that is wrong with a delivery."""

    code: str  # of the finding
    about: tuple[str, ...]  # columns of the mapping, or notes
    problem: str  # in Dutch, for pages
    alert: str  # in English and without quotes, which mails leave out: what, and what to do


def flaws_of(delivery: Delivery, settings: HealthSettings) -> tuple[Flaw, ...]:
    """Give what is wrong with a delivery; refused rows are told by their own finding."""
    return (*_lost(delivery, settings), *_read_otherwise(delivery, settings))


def flaws_of_import(connection: Connection, import_id: int, settings: HealthSettings) -> tuple[Flaw, ...]:
    """Give what is wrong with the delivery of one import, held against those before it."""
    return flaws_of(read_delivery(connection, import_id, weeks=settings.compared_weeks), settings)


def new_flaws(delivery: Delivery, settings: HealthSettings) -> list[Flaw]:
    """The flaws that the delivery before it did not have: an alert is for what begins."""
    flaws = flaws_of(delivery, settings)
    if not flaws or not delivery.earlier:
        return list(flaws)
    before = flaws_of(Delivery(delivery.earlier[0], delivery.earlier[1:]), settings)
    known = {(flaw.code, about) for flaw in before for about in flaw.about or ("",)}
    return [flaw for flaw in flaws if any((flaw.code, about) not in known for about in flaw.about or ("",))]


def _lost(delivery: Delivery, settings: HealthSettings) -> Iterator[Flaw]:
    last = delivery.last
    if absent := [] if _compared(delivery) else _absent_columns(last, settings):
        what = "ontbreken kolommen" if len(absent) > 1 else "ontbreekt een kolom"
        yield Flaw(
            "columns_absent",
            tuple(absent),
            f"In de eerste levering {_named(last)} {what} uit het bronbestand: {listed(absent)}.",
            f"first delivery, without column(s) {', '.join(absent)}: see whether the export calls them "
            f"otherwise, and put those names in config/sources/{last.mapping}.toml",
        )
    if lost := _lost_columns(delivery, settings):
        named, which = listed(lost), ", ".join(lost)
        yield Flaw(
            "columns_lost",
            tuple(lost),
            f"In de levering {_named(last)} {'ontbreken' if len(lost) > 1 else 'ontbreekt'} "
            f"{'de kolommen' if len(lost) > 1 else 'de kolom'} {named}; eerdere leveringen hadden die wel.",
            f"without column(s) {which}, which earlier deliveries had: have it exported with them, or put "
            f"their new names in config/sources/{last.mapping}.toml, and import it again",
        )
    usual = _share(delivery.earlier, lambda line: line.with_reporter)
    if last.with_reporter == 0 and usual * last.stored >= settings.min_usual:
        yield Flaw(
            "reporters_lost",
            (),
            f"In de levering {_named(last)} is van geen enkele melding de melder bekend; eerder was "
            f"dat van {_percentage(usual)}.",
            f"no report has a known reporter, where {usual:.0%} had one: see how the export names its column "
            "of reporters, and import it again",
        )
    usual = _share(delivery.earlier, lambda line: line.located)
    located = last.located / last.stored if last.stored else 1.0
    if last.stored >= settings.min_usual and located < usual - settings.max_located_fall:
        yield Flaw(
            "places_lost",
            (),
            f"Van de levering {_named(last)} heeft {_percentage(located)} van de meldingen een plek; "
            f"eerder was dat {_percentage(usual)}.",
            f"{located:.0%} of the reports have a place, where {usual:.0%} had one: see how the export names "
            "and writes its coordinates and addresses, and import it again",
        )


def _read_otherwise(delivery: Delivery, settings: HealthSettings) -> Iterator[Flaw]:
    last = delivery.last
    notes = last.notes
    if replaced := notes.get(REPLACED_BYTE, 0):
        yield Flaw(
            "bytes_replaced",
            (),
            f"In de levering {_named(last)} {'staat' if replaced == 1 else 'staan'} "
            f"{count(replaced, 'byte', 'bytes')} die geen letter {'is' if replaced == 1 else 'zijn'}: een "
            "vraagteken in een ruit staat daar nu.",
            f"{replaced} byte(s) are no letters and were replaced: have it exported as UTF-8, and import it "
            "again",
        )
    if notes.get(ALL_AT_MIDNIGHT):
        yield Flaw(
            "hours_lost",
            (),
            f"In de levering {_named(last)} zijn alle tijden middernacht: de uren zijn weg.",
            "all of its times are midnight, so that its hours are not used: have it exported with hours, "
            "not opened and saved by a spreadsheet, and import it again",
        )
    if _is_much(rounded := notes.get(ROUNDED, 0), last, settings):
        yield Flaw(
            "points_rounded",
            (),
            f"In de levering {_named(last)} zijn de coördinaten van {count(rounded, 'rij', 'rijen')} "
            f"afgerond (van {last.read}): die wijzen geen woning aan.",
            f"the coordinates of {rounded} of {last.read} rows are rounded, so that they point at no "
            "dwelling: have it exported with all figures, and import it again",
        )
    much = [note for note in notes if note not in _TOLD_APART and _is_unusual(note, delivery, settings)]
    if much:
        shown = "; ".join(f"{note}: {notes[note]} keer" for note in much)
        yield Flaw(
            "read_otherwise",
            tuple(much),
            f"Van de levering {_named(last)} ({count(last.read, 'rij', 'rijen')}) is veel anders "
            f"gelezen dan het er staat: {shown}.",
            f"much of its {last.read} row(s) was read otherwise than it stands there ({shown}): see whether "
            "that is right, and what changed in the export",
        )


def _lost_columns(delivery: Delivery, settings: HealthSettings) -> list[str]:
    """The absent columns that an earlier delivery had."""
    return [
        column
        for column in _absent_columns(delivery.last, settings)
        if any(column not in line.absent_columns for line in _compared(delivery))
    ]


def _absent_columns(line: ImportFigures, settings: HealthSettings) -> list[str]:
    """The absent columns of a delivery; of few JSON records that can't be told, as each has its own names."""
    is_json = PurePath(line.file_name.lower()).suffix in _WITHOUT_HEADER
    return [] if is_json and line.read < settings.min_usual else line.absent_columns


def _compared(delivery: Delivery) -> list[ImportFigures]:
    """The earlier deliveries that were read by the same mapping, and of which is known how."""
    return [
        line
        for line in delivery.earlier
        if line.told is not None and line.mapping == delivery.last.mapping and line.read
    ]


def _is_unusual(note: str, delivery: Delivery, settings: HealthSettings) -> bool:
    """Whether it was noted of much of the delivery, and not of each one before: then the source writes so."""
    earlier = [line for line in delivery.earlier if line.told is not None and line.read]
    is_usual = bool(earlier) and all(_is_much(line.notes.get(note, 0), line, settings) for line in earlier)
    return not is_usual and _is_much(delivery.last.notes.get(note, 0), delivery.last, settings)


def _is_much(rows: int, line: ImportFigures, settings: HealthSettings) -> bool:
    return rows > settings.rejected_rows_allowed and rows > settings.max_reread_share * line.read


def _share(lines: Sequence[ImportFigures], counted: Callable[[ImportFigures], int | None]) -> float:
    """The share of the stored rows of deliveries that is counted; 0 of nothing."""
    known = [(found, line.stored) for line in lines if (found := counted(line)) is not None]
    stored = sum(rows for _, rows in known)
    return sum(found for found, _ in known) / stored if stored else 0.0


def _named(line: ImportFigures) -> str:
    name = f" ('{line.file_name}')" if line.file_name else ""  # it is removed after its period
    return f"van bron '{line.source}'{name}"


def _percentage(share: float) -> str:
    return f"{number(100 * share)} %"
