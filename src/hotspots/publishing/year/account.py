"""The account of a year, or of any period: what was reported, found, decided and done, and how long it took.

Numbers by people count: what is a hotspot is what people decided. What the software suggests stands beside
it, named as that. What is counted is defined with each part: :mod:`~hotspots.publishing.year.reports`,
:mod:`~hotspots.publishing.year.places`, :mod:`~hotspots.publishing.year.times` and
:mod:`~hotspots.publishing.year.measures`.

A period is compared with the same days a year before by the ratio of two Poisson rates, with the exact
conditional limits of :func:`hotspots.statistics.monthly_figures.rate_ratio`: given the total of both, the one
is binomial [1]_. Reports and hotspots are taken as independent, so bursts make the interval too narrow.

References
----------
.. [1] Przyborowski & Wilenski (1940), doi:10.1093/biomet/31.3-4.313
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.errors import ForbiddenError
from hotspots.publishing.year.areas import AreaLine, Asked, Lines, resolve_area, screened_in
from hotspots.publishing.year.before import Change, read_before
from hotspots.publishing.year.measures import MOST_REPORTS_AT_ONCE, Measures, read_taken
from hotspots.publishing.year.period import Period, read_known_days
from hotspots.publishing.year.places import Places, read_known, read_places
from hotspots.publishing.year.reports import (
    Screened,
    ToldCounts,
    count_refused,
    count_reports,
    told_counts,
    with_refused,
)
from hotspots.publishing.year.times import Times, read_times
from hotspots.publishing.year.words import notes_of, plan_sentence
from hotspots.settings import Settings


@dataclass(frozen=True)
class YearAccount:
    """What a period came to, as far as its reader may know.

    Attributes
    ----------
    until, is_over
        The last day that is known, and whether that is all of the period.
    area_name, codes
        What it is about in words and by buurten; None: the whole municipality.
    is_exact
        Whether the reader may know of every place there. If not, reports are the public figures of a whole
        year, and there are no dwellings, times and measures.
    times, measures
        None: not told.
    gebieden, buurten
        Each that the account is about, also without anything.
    """

    period: Period
    until: date
    is_over: bool
    area_name: str | None
    codes: tuple[str, ...] | None
    is_exact: bool
    reports: Screened
    places: Places
    times: Times | None
    measures: Measures | None
    reports_before: Change
    places_before: Change
    gebieden: Sequence[AreaLine]
    buurten: Sequence[AreaLine]
    sentence: str
    notes: Sequence[str]


def read_year_account(
    connection: Connection,
    settings: Settings,
    *,
    period: Period,
    visibility: Visibility,
    cases: frozenset[str] | None,
    today: date,
    gebied: str | None = None,
    buurt: str | None = None,
    with_effects: bool | None = None,
) -> YearAccount:
    """Read what a period came to.

    Parameters
    ----------
    cases
        The gebieden of which the reader may read cases, and so measures; None is everywhere.
    today
        The local day.
    gebied, buurt
        Only this gebied (also an area of the reader's own) or buurt.
    with_effects
        Whether the effect of each measure is computed; by default in a period with few enough reports.

    Raises
    ------
    NotFoundError
        If there is no such gebied or buurt.
    ForbiddenError
        If the reader may know of no place there: that nothing was found would not be true.
    """
    asked = resolve_area(connection, settings, visibility, gebied, buurt)
    if not asked.is_known:
        raise ForbiddenError(f"wanted the year of '{asked.name}', where the reader may know of no place")
    known_days = read_known_days(connection, settings)
    until, is_over = known_days.until(period, today)
    counts = count_reports(connection, settings, period)
    told = ToldCounts({}) if asked.is_exact else told_counts(connection, period)
    reports = screened_in(counts, told, asked)
    if asked.is_exact and asked.codes is None and not asked.is_own_area:
        reports = with_refused(reports, count_refused(connection, counts))
    places = read_places(
        connection, settings, visibility=visibility, period=period, where=asked.where, is_exact=asked.is_exact
    )
    times, measures = None, None
    if asked.is_exact:
        known = read_known(connection, settings, visibility=visibility, period=period, where=asked.where)
        times = read_times(connection, settings, period=period, found=places.rows, known=known)
        if _covers(cases, asked):
            measures = read_taken(
                connection,
                settings,
                visibility=visibility,
                period=period,
                until=today,
                known=known,
                with_effects=counts.total <= MOST_REPORTS_AT_ONCE if with_effects is None else with_effects,
            )
    before = read_before(
        connection,
        settings,
        period=period,
        until=until,
        known=known_days,
        visibility=visibility,
        where=asked.where,
        is_exact=asked.is_exact,
    )
    reports_then = screened_in(before.counts, before.told, asked).counted if before.counts else None
    found_then = None if before.found is None else len(before.found)
    lines = Lines(asked, counts, told, places.rows, measures, before)
    return YearAccount(
        period=period,
        until=until,
        is_over=is_over,
        area_name=asked.name,
        codes=asked.codes,
        is_exact=asked.is_exact,
        reports=reports,
        places=places,
        times=times,
        measures=measures,
        reports_before=Change(
            reports_then,
            before.ratio(reports.counted, reports_then) if asked.is_exact else None,
            before.why_no_reports,
        ),
        places_before=Change(found_then, before.ratio(places.found, found_then), before.why_no_places),
        gebieden=lines.of_gebieden(),
        buurten=lines.of_buurten(),
        sentence=plan_sentence(period, asked.name, reports, places, is_exact=asked.is_exact),
        notes=notes_of(
            until=until,
            is_over=is_over,
            is_exact=asked.is_exact,
            is_told=reports.counted is not None,
            first_day=known_days.first_report,
            first_run=known_days.first_run,
            period=period,
            places=places,
            is_own_area=asked.is_own_area,
        ),
    )


def _covers(cases: frozenset[str] | None, asked: Asked) -> bool:
    """Whether a reader may read the cases of all that an account is about."""
    if cases is None:
        return True
    return (asked.codes is not None or asked.is_own_area) and set(asked.areas["gebied"]) <= cases
