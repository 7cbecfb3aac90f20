"""Which of the reports of a hotspot its last figures count, and why the others don't: in the rule's words.

A hotspot keeps every report that it ever had, and its figures are those of one run. Which reports that run
took for repeats is not stored, so the same rule looks again at what was known then
(:func:`hotspots.detection.false_alarms.repeats_earlier`).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, Select, func, select

from hotspots.detection.false_alarms import plain_text, repeats_earlier
from hotspots.detection.shared_reporters import shared_reporters
from hotspots.intake.known_reports import load_columns
from hotspots.intake.reports import load_texts
from hotspots.model import SCREENED
from hotspots.settings import Settings
from hotspots.store.batches import in_batches, is_among
from hotspots.store.report_tables import moment_of, report_versions, reports
from hotspots.store.run_tables import detection_reports, detections, hotspot_states, runs


class Counting(StrEnum):
    """Whether a report counts in the figures of a hotspot, and else why not; Dutch, as outputs name it."""

    COUNTS = "telt mee"
    SAME_REPORTER = "zelfde melder"
    SAME_TEXT = "zelfde tekst"
    OUTSIDE = "buiten de periode"
    ELSEWHERE = "niet meer bij deze plek"
    OTHER_CATEGORY = "andere categorie"
    CANCELLED = "vervallen"
    UNKNOWN = "niet bewaard"


WHY: Mapping[Counting, str] = {
    Counting.COUNTS: "telt mee",
    Counting.SAME_REPORTER: "van dezelfde melder op dezelfde dag en plek: telt niet nog eens mee",
    Counting.SAME_TEXT: "dezelfde tekst op dezelfde dag, misschien van dezelfde melder: telt niet mee",
    Counting.OUTSIDE: "buiten de periode waarover is gekeken",
    Counting.ELSEWHERE: "hoorde eerder bij deze plek, en in de laatste ronde niet",
    Counting.OTHER_CATEGORY: "valt nu onder een andere categorie",
    Counting.CANCELLED: "vervallen bij de bron, of alleen de hoofdmelding van andere",
    Counting.UNKNOWN: "of deze meetelde, is niet bewaard",
}
"""What is said of a report with each."""


@dataclass(frozen=True)
class Counted:
    """Of each report of a hotspot whether it counts, beside the figure of its last run.

    Attributes
    ----------
    of_report
        By the id of the report.
    figure
        Reports that the run counted (``aantalMeldingen``).
    as_of
        Peildatum of that run; None if what it found is not kept.
    """

    of_report: Mapping[int, Counting]
    figure: int
    as_of: date | None

    @property
    def per_reason(self) -> dict[Counting, int]:
        """How many reports there are of each, in the order of :class:`Counting`; only those that occur."""
        counts = Counter(self.of_report.values())
        return {reason: counts[reason] for reason in Counting if counts[reason]}

    @property
    def changed(self) -> int:
        """How many more the run counted than count by what is kept now: removed or erased since."""
        return 0 if self.as_of is None else self.figure - self.per_reason.get(Counting.COUNTS, 0)


def count_reports(
    connection: Connection, settings: Settings, hotspot_id: str, report_ids: Collection[int]
) -> Counted:
    """Say of each of the reports that a hotspot ever had whether its last figures count it."""
    found = connection.execute(
        select(hotspot_states.c.report_count, hotspot_states.c.detection_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .order_by(runs.c.as_of.desc())
        .limit(1)
    ).one()
    run = connection.execute(
        select(runs.c.as_of, runs.c.window_start, runs.c.window_end)
        .join(detections, detections.c.run_id == runs.c.id)
        .where(detections.c.id == found.detection_id)
    ).first()
    if run is None:
        return Counted(dict.fromkeys(report_ids, Counting.UNKNOWN), found.report_count, None)
    query = select(detection_reports.c.report_id).where(
        detection_reports.c.detection_id == found.detection_id
    )
    members = set(connection.execute(query).scalars())
    result = _repeats(connection, settings, sorted(members), run)
    for row in _read_now(connection, sorted(set(report_ids) - members)):
        result[row.id] = _why_not_now(row, run)
    return Counted(
        {each: result[each] for each in report_ids if each in result}, found.report_count, run.as_of
    )


def _why_not_now(row: Row[*tuple[Any, ...]], run: Row[*tuple[Any, ...]]) -> Counting:
    if not row.is_counted:
        return Counting.CANCELLED
    if row.category not in SCREENED:
        return Counting.OTHER_CATEGORY
    is_inside = run.window_start <= row.moment < run.window_end
    return Counting.ELSEWHERE if is_inside else Counting.OUTSIDE


def _repeats(
    connection: Connection, settings: Settings, members: Sequence[int], run: Row[*tuple[Any, ...]]
) -> dict[int, Counting]:
    """Of the reports that the run had at the place, which count and which repeat another."""
    if not members:
        return {}
    known = {row.id: row for row in _read_now(connection, members)}
    known |= {row.id: row for row in _read_then(connection, members, run.window_end)}
    rows = [known[report_id] for report_id in members if report_id in known]
    reporters = [np.nan if row.reporter_id is None else float(row.reporter_id) for row in rows]
    shared = _shared_among(connection, settings, reporters, run)
    texts = load_texts(connection, members)
    table = pd.DataFrame(
        {
            "place": 0,
            "report_id": [row.id for row in rows],
            "reporter_id": [np.nan if reporter in shared else reporter for reporter in reporters],
            "day": [settings.municipality.local_day(row.moment).toordinal() for row in rows],
        }
    )
    min_words = settings.detection.min_same_words
    by_reporter = repeats_earlier(table, min_words=min_words)
    written = table.assign(text=[plain_text(texts.get(row.id, "")) for row in rows])
    either = repeats_earlier(written, min_words=min_words) | by_reporter
    return {
        row.id: Counting.SAME_REPORTER if same else Counting.SAME_TEXT if again else Counting.COUNTS
        for row, same, again in zip(rows, by_reporter.tolist(), either.tolist(), strict=True)
    }


def _shared_among(
    connection: Connection, settings: Settings, reporters: Sequence[float], run: Row[*tuple[Any, ...]]
) -> set[float]:
    """Which of these reporters the run took for more persons than one."""
    wanted = sorted({int(reporter) for reporter in reporters if not np.isnan(reporter)})
    moment = moment_of(reports)
    query = (
        select(reports.c.reporter_id)
        .where(is_among(connection, reports.c.reporter_id, wanted), reports.c.is_counted)
        .where(moment >= run.window_start, moment < run.window_end)
        .group_by(reports.c.reporter_id)
        .having(func.count() > settings.detection.max_reporter_cells)
    )
    busy = set(connection.execute(query).scalars())
    if not busy:
        return set()
    table = load_columns(
        connection,
        ("reporter_id", "lon", "lat"),
        window_start=run.window_start,
        window_end=run.window_end,
        known_at=run.window_end,
    )
    return shared_reporters(table[table["reporter_id"].isin(busy)], settings)


def _read_now(connection: Connection, ids: Sequence[int]) -> list[Row[*tuple[Any, ...]]]:
    columns = (reports.c.reporter_id, reports.c.category, reports.c.is_counted)
    query = select(reports.c.id, moment_of(reports).label("moment"), *columns)
    return _rows(connection, query, reports.c.id, ids)


def _read_then(connection: Connection, ids: Sequence[int], known_at: datetime) -> list[Row[*tuple[Any, ...]]]:
    """What was known of those that changed since."""
    versions = report_versions.c
    query = select(
        versions.report_id.label("id"), moment_of(report_versions).label("moment"), versions.reporter_id
    ).where(versions.known_from < known_at, versions.known_until >= known_at)
    return _rows(connection, query, versions.report_id, ids)


def _rows(
    connection: Connection, query: Select[Any], column: Any, ids: Sequence[int]
) -> list[Row[*tuple[Any, ...]]]:
    return [
        row
        for batch in in_batches(ids)
        for row in connection.execute(query.where(is_among(connection, column, batch)))
    ]
