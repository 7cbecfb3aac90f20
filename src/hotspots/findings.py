"""What is to be found in how it goes, and what to do about it: in Dutch sentences, weightiest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from hotspots.settings import Settings
from hotspots.store.condition import Condition, ImportFigures, JobFigures, JobRun

RUN_GRACE = timedelta(hours=6)
"""How long after its planned moment a weekly run may still come: it is tried again every hour."""

QUIET_AFTER = timedelta(days=9)
"""How old the newest report may be: deliveries come at least every week."""

FEWEST_COMPARED = 10
"""Below so many reports a week, half of them says nothing."""

ODD_SHARE = 0.5
MANY_REJECTED, TOO_MANY_REJECTED = 0.05, 0.5
MANY_UNLOCATED = 0.1
FEW_REJECTED = 5
"""So many refused rows at most are no finding, whatever their share."""

LITTLE_SPACE = 1_000_000_000
"""Bytes; a backup and an upgrade need room beside the database."""

LONGEST_JOB = timedelta(hours=6)
"""A run that has not ended after this long never will: no job takes so long, also with a million reports."""

FEWEST_GAPS = 3
"""So many times must a job have come round before it can be late."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Weight(StrEnum):
    """How much a finding matters; Dutch, as every output names it."""

    ACTION = "actie nodig"
    WARNING = "let op"
    NOTE = "ter informatie"


@dataclass(frozen=True)
class Finding:
    """Something to know, and what to do about it, in Dutch.

    Parameters
    ----------
    code
        A fixed English name, for machines.
    """

    code: str
    weight: Weight
    problem: str
    action: str

    def as_json(self) -> dict[str, str]:
        """As the command gives it."""
        return {
            "code": self.code,
            "weight": str(self.weight),
            "problem": self.problem,
            "action": self.action,
        }


def find_in(condition: Condition, settings: Settings, *, simulated: bool) -> tuple[Finding, ...]:
    """What is to be known of how it goes, weightiest first.

    Parameters
    ----------
    simulated
        Whether the reports are made up: then nothing is ever late.
    """
    found = [
        *_about_data(condition, simulated=simulated),
        *_about_run(condition, expected_as_of(settings, condition.at), simulated=simulated),
        *_about_imports(condition.imports),
        *_about_jobs(condition, simulated=simulated),
    ]
    order = list(Weight)
    return tuple(sorted(found, key=lambda finding: order.index(finding.weight)))


def expected_as_of(settings: Settings, now: datetime) -> date:
    """The peildatum of the weekly run that should be there by now, as the timetable says.

    Examples
    --------
    >>> from datetime import UTC
    >>> [str(expected_as_of(Settings(), datetime(2023, 6, 5, hour, tzinfo=UTC))) for hour in (9, 11)]
    ['2023-05-28', '2023-06-04']
    """
    due = last_planned(settings, now - RUN_GRACE)
    return due - timedelta(days=due.isoweekday())


def last_planned(settings: Settings, moment: datetime) -> date:
    """The local day of the last weekly run that was planned at or before a moment."""
    local = moment.astimezone(settings.municipality.zone)
    day = local.date() - timedelta(days=(local.weekday() - DAYS.index(settings.jobs.weekly_day)) % 7)
    planned = datetime.combine(day, time.fromisoformat(settings.jobs.weekly_time), settings.municipality.zone)
    return day if planned <= local else day - timedelta(weeks=1)


def usual_interval(job: JobFigures) -> timedelta | None:
    """How long after each other the runs of a job usually start; None while there are too few to tell."""
    starts = sorted((run.started_at for run in job.runs if run.outcome == "done"), reverse=True)
    gaps = [later - earlier for later, earlier in pairwise(starts)]
    seconds = usual(gap.total_seconds() for gap in gaps)
    return None if seconds is None or len(gaps) < FEWEST_GAPS else timedelta(seconds=seconds)


def is_late(job: JobFigures, now: datetime) -> bool:
    """Whether a job has not ended well for much longer than it usually takes to come round."""
    usual, done = usual_interval(job), job.last_done
    if usual is None or done is None:
        return False
    return now - done.started_at > max(2.5 * usual, usual + timedelta(hours=1))


def outcome_of(run: JobRun, now: datetime) -> str:
    """How a run ended: done, failed or died; running while it may still end."""
    if run.outcome is not None:
        return run.outcome
    return "running" if now - run.started_at < LONGEST_JOB else "died"


def _about_data(condition: Condition, *, simulated: bool) -> Iterator[Finding]:
    if not condition.areas.count:
        yield Finding(
            "no_areas",
            Weight.ACTION,
            "Er zijn geen buurten ingelezen: geen melding hoort bij een gebied.",
            "Lees de grenzen in met 'hotspots areas import'.",
        )
    elif condition.areas.approximate_count:
        yield Finding(
            "approximate_areas",
            Weight.NOTE if simulated else Weight.WARNING,
            f"De grenzen van {condition.areas.approximate_count} buurten zijn een benadering.",
            "Lees de officiële grenzen in met 'hotspots areas import'.",
        )
    if not condition.address_count:
        yield Finding(
            "no_addresses",
            Weight.WARNING,
            "Er is geen adressenbestand: meldingen met alleen een adres krijgen geen plek.",
            "Lees de BAG in met 'hotspots addresses import'.",
        )
    if not condition.report_count:
        yield Finding(
            "no_reports",
            Weight.ACTION,
            "Er zijn nog geen meldingen.",
            "Importeer een levering: bij Beheer, Imports, of met 'hotspots reports import'.",
        )
    elif (
        condition.newest_report is not None
        and not simulated
        and condition.at - condition.newest_report > QUIET_AFTER
    ):
        yield Finding(
            "no_new_reports",
            Weight.ACTION,
            f"De nieuwste melding is van {_day(condition.newest_report)}, "
            f"{_count((condition.at - condition.newest_report).days, 'dag', 'dagen')} geleden.",
            "Vraag na of de levering nog komt, en kijk of bestanden in de inbox blijven liggen.",
        )
    share = condition.unlocated_count / condition.screened_count if condition.screened_count else 0
    if share > MANY_UNLOCATED:
        yield Finding(
            "many_unlocated",
            Weight.WARNING,
            f"{_percentage(share)} van de meldingen ({condition.unlocated_count} van "
            f"{condition.screened_count}) heeft geen plek, en telt dus niet mee.",
            "Werk het adressenbestand bij, en loop bij Beheer de onduidelijke adressen na.",
        )
    if condition.free_bytes is not None and condition.free_bytes < LITTLE_SPACE:
        yield Finding(
            "little_space",
            Weight.ACTION,
            f"Op de schijf van de database is nog {condition.free_bytes // 1_000_000} MB vrij.",
            "Maak ruimte: een volle schijf houdt imports en rondes tegen.",
        )


def _about_run(condition: Condition, expected: date, *, simulated: bool) -> Iterator[Finding]:
    run = condition.last_run
    if run is None:
        if condition.report_count:
            yield Finding(
                "no_run",
                Weight.ACTION,
                "Er zijn meldingen, maar er is nog geen ronde geweest.",
                "Doe een ronde met 'hotspots detect', of zet 'hotspots schedule' aan.",
            )
        return
    if run.as_of < expected and not simulated:
        weeks = (expected - run.as_of).days // 7
        yield Finding(
            "run_late",
            Weight.ACTION,
            f"De ronde van {expected:%d-%m-%Y} is er niet: de laatste is van {run.as_of:%d-%m-%Y}"
            + (f", {_count(weeks, 'week', 'weken')} eerder." if weeks else "."),
            "Kijk of 'hotspots schedule' draait; die haalt gemiste rondes in volgorde in.",
        )
    last_week, *before = condition.week_counts
    weekly = usual(before) or 0
    if weekly >= FEWEST_COMPARED and last_week < ODD_SHARE * weekly:
        yield Finding(
            "few_reports",
            Weight.ACTION,
            f"In de week van de laatste ronde zijn er {_count(last_week, 'melding', 'meldingen')}; "
            f"gewoonlijk {weekly:.0f}.",
            "Vraag na of de levering compleet is; importeer wat ontbreekt en doe de ronde opnieuw.",
        )
    elif weekly >= FEWEST_COMPARED and last_week > weekly / ODD_SHARE:
        yield Finding(
            "many_reports",
            Weight.WARNING,
            f"In de week van de laatste ronde zijn er {last_week} meldingen; gewoonlijk {weekly:.0f}.",
            "Kijk of er iets dubbel is geleverd, of dat er echt zo veel gebeurde.",
        )
    signalled = usual(earlier.signalled_count for earlier in condition.earlier_runs) or 0
    if signalled >= FEWEST_COMPARED and not signalled / 2 <= run.signalled_count <= signalled * 2:
        yield Finding(
            "odd_signalled",
            Weight.WARNING,
            f"De laatste ronde signaleert {_count(run.signalled_count, 'plek', 'plekken')}; "
            f"gewoonlijk {signalled:.0f}.",
            "Kijk wat er veranderde: de levering, de regels of het adressenbestand.",
        )


def _about_imports(imports: Iterable[ImportFigures]) -> Iterator[Finding]:
    last = next(iter(imports), None)
    if last is None:
        return
    if not last.adds_up:
        yield Finding(
            "rows_lost",
            Weight.ACTION,
            f"Bij de import van '{last.file_name}' tellen de aantallen niet op.",
            "Meld dit aan de ontwikkelaars: geen rij mag verdwijnen.",
        )
    if last.rejected > FEW_REJECTED and last.rejected > MANY_REJECTED * last.read:
        is_most = last.rejected > TOO_MANY_REJECTED * last.read
        yield Finding(
            "many_rejected",
            Weight.ACTION if is_most else Weight.WARNING,
            f"Van de laatste import ('{last.file_name}') zijn {last.rejected} van {last.read} rijen "
            "geweigerd.",
            "Bekijk bij Beheer, Imports waarom; pas de levering of het bronbestand in config/sources aan.",
        )


def _about_jobs(condition: Condition, *, simulated: bool) -> Iterator[Finding]:
    if not condition.jobs:
        if not simulated:
            yield Finding(
                "no_jobs",
                Weight.NOTE,
                "Er heeft nog geen taak vanzelf gelopen.",
                "Zet 'hotspots schedule' aan, dan komen imports en rondes vanzelf.",
            )
        return
    for job in condition.jobs:
        if job.last.outcome == "failed":
            yield Finding(
                "job_failed",
                Weight.ACTION,
                f"De taak '{job.job}' is op {_moment_in_words(job.last, condition)} mislukt"
                + (f": {job.last.message}." if job.last.message else "."),
                "Verhelp de oorzaak; de taak wordt daarna vanzelf opnieuw geprobeerd.",
            )
        elif outcome_of(job.last, condition.at) == "died":
            yield Finding(
                "job_died",
                Weight.ACTION,
                f"De taak '{job.job}' begon op {_moment_in_words(job.last, condition)} en is afgebroken.",
                "Kijk in het logboek waarom; 'hotspots schedule' doet de taak vanzelf opnieuw.",
            )
    late = [job for job in condition.jobs if is_late(job, condition.at)]
    known = [job for job in condition.jobs if usual_interval(job) is not None]
    if simulated or not late:
        return
    if len(late) == len(known):
        last = max(job.last.started_at for job in condition.jobs)
        yield Finding(
            "scheduler_silent",
            Weight.ACTION,
            f"Er loopt geen enkele taak meer; de laatste begon op {_day(last)}.",
            "Zet 'hotspots schedule' weer aan; gemiste rondes worden ingehaald.",
        )
        return
    for job in late:
        yield Finding(
            "job_late",
            Weight.ACTION,
            f"De taak '{job.job}' is te laat: gewoonlijk loopt die om de {_period(usual_interval(job))}.",
            "Kijk of de taak wacht op een andere, of telkens mislukt.",
        )


def _moment_in_words(run: JobRun, condition: Condition) -> str:
    return f"{run.started_at.astimezone(condition.at.tzinfo):%d-%m-%Y om %H:%M}"


def _period(length: timedelta | None) -> str:
    minutes = 0 if length is None else round(length.total_seconds() / 60)
    if minutes < 90:
        return _count(minutes, "minuut", "minuten")
    hours = round(minutes / 60)
    return _count(hours, "uur", "uur") if hours < 36 else _count(round(hours / 24), "dag", "dagen")


def _day(moment: datetime) -> str:
    return f"{moment:%d-%m-%Y}"


def _count(value: int, one: str, more: str) -> str:
    return f"{value} {one if value == 1 else more}"


def _percentage(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def usual(values: Iterable[float]) -> float | None:
    """The median; None of nothing."""
    known = list(values)
    return float(median(known)) if known else None
