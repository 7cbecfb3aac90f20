"""Checks of the health figures: what is wrong and what to do about it, in Dutch, weightiest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median

from hotspots.operations.delivery_flaws import Flaw, flaws_of
from hotspots.operations.health_figures import Delivery, HealthFigures, JobFigures, JobRun
from hotspots.operations.job_runs import clock_contradicts
from hotspots.operations.job_words import job_name, why_failed
from hotspots.operations.timetable import TIMETABLE, expected_as_of
from hotspots.settings import HealthSettings, Settings
from hotspots.wording import count, day, day_and_time, number

LONGEST_JOB = timedelta(hours=6)
"""A run that has not ended after this long never will: no job takes so long, also with a million reports."""


class Weight(StrEnum):
    """How much a finding matters; Dutch, as every output names it."""

    ACTION = "actie nodig"
    WARNING = "let op"
    NOTE = "ter informatie"


@dataclass(frozen=True)
class Finding:
    """Something to know, and what to do about it, in Dutch."""

    code: str  # a fixed English name, for machines
    weight: Weight
    problem: str
    action: str
    job: str | None = None  # that it is about

    def as_json(self) -> dict[str, str]:
        """As the command gives it."""
        return {name: str(value) for name, value in vars(self).items() if name != "job"}


def check_health(figures: HealthFigures, settings: Settings) -> tuple[Finding, ...]:
    """Give what is wrong, weightiest first; made-up reports are never late."""
    found = [
        *_about_data(figures, settings.health),
        *_about_run(figures, expected_as_of(settings, figures.at), settings.health),
        *_about_imports(figures, settings.health),
        *_about_delivery(figures),
        *_about_retention(figures, settings.health),
        *_about_requests(figures, settings.health),
        *_about_clock(figures, settings),
        *_about_jobs(figures, settings),
        *_about_events(figures),
    ]
    order = list(Weight)
    return tuple(sorted(found, key=lambda finding: order.index(finding.weight)))


def outcome_of(run: JobRun, now: datetime) -> str:
    """How a run ended: done, failed or died; running while it may still end."""
    if run.outcome is not None:
        return run.outcome
    return "running" if now - run.started_at < LONGEST_JOB else "died"


def finding_of(flaw: Flaw) -> Finding:
    """The finding about something that is wrong with a delivery."""
    return _found(flaw.code, flaw.problem)


def has_few_reports(week_counts: Sequence[int], settings: HealthSettings) -> bool:
    """Whether the first of these weeks has far fewer reports than a usual one.

    Examples
    --------
    >>> weeks = [7, 14, 15, 16], [8, 14, 15, 16], [0, 2, 3, 1]
    >>> [has_few_reports(counts, HealthSettings()) for counts in weeks]
    [True, False, False]
    """
    last, *before = week_counts
    weekly = usual(before) or 0
    return weekly >= settings.min_usual and last < weekly / settings.odd_factor


def has_many_rejected(read: int, rejected: int, settings: HealthSettings) -> bool:
    """Whether more rows of a delivery were refused than happens now and then."""
    return rejected > settings.rejected_rows_allowed and rejected > settings.max_rejected_share * read


_TO_DO: Mapping[str, str] = {
    "no_areas": "Lees de grenzen in bij Beheer, Gebieden, of met 'hotspots areas import'.",
    "approximate_areas": "Lees de officiële grenzen in bij Beheer, Gebieden, of met 'hotspots areas import'.",
    "no_addresses": "Lees de BAG in bij Beheer, Adressenbestand, of met 'hotspots addresses import'.",
    "no_tiles": (
        "Laat op de server het bestand terugzetten, of de instelling van de kaartbeelden aanpassen."
    ),
    "no_reports": "Importeer een levering: bij Beheer, Imports, of met 'hotspots reports import'.",
    "no_new_reports": "Vraag na of de levering nog komt, en kijk of bestanden in de inbox blijven liggen.",
    "many_unlocated": "Werk het adressenbestand bij, en loop bij Beheer de onduidelijke adressen na.",
    "little_space": "Maak ruimte: een volle schijf houdt imports en rondes tegen.",
    "no_run": "Doe een ronde: bij Beheer, of met 'hotspots detect'.",
    "run_late": (
        "Kijk bij Beheer, Taken waarom. Gemiste rondes worden ingehaald als 'hotspots schedule' op de server "
        "loopt."
    ),
    "signalling_stopped": (
        "Wie dat recht heeft, kan het hervatten: bij Beheer, Zoeken stoppen, of met 'hotspots resume'."
    ),
    "few_reports": "Vraag na of de levering compleet is; importeer wat ontbreekt en doe de ronde opnieuw.",
    "many_reports": "Kijk of er iets dubbel is geleverd, of dat er echt zo veel gebeurde.",
    "odd_signalled": "Kijk wat er veranderde: de levering, de regels of het adressenbestand.",
    "rows_lost": "Meld dit aan de ontwikkelaars: geen rij mag verdwijnen.",
    "many_rejected": (
        "Bekijk bij Beheer, Imports waarom; pas de levering aan, of bij Beheer, Bronnen hoe zij wordt "
        "gelezen."
    ),
    "columns_absent": (
        "Kijk of ze in de levering anders heten; zet die namen dan bij Beheer, Bronnen, en lees haar "
        "opnieuw in."
    ),
    "columns_lost": (
        "Vraag de levering met die kolommen, of zet hun nieuwe naam bij Beheer, Bronnen; lees haar "
        "daarna opnieuw in."
    ),
    "reporters_lost": (
        "Kijk hoe de kolom van melders in de levering heet en is gevuld, en lees haar daarna opnieuw in."
    ),
    "places_lost": (
        "Kijk hoe de kolommen van coördinaten en adressen in de levering heten en zijn gevuld, en lees haar "
        "daarna opnieuw in."
    ),
    "bytes_replaced": "Vraag de levering in UTF-8, en lees haar opnieuw in.",
    "hours_lost": (
        "Vraag de levering met de uren erbij, zonder dat een spreadsheet haar opslaat; lees haar opnieuw in."
    ),
    "points_rounded": "Vraag de levering met alle cijfers van de coördinaten, en lees haar opnieuw in.",
    "read_otherwise": "Kijk of dat klopt, en wat er in de levering is veranderd.",
    "refused_files": (
        "Laat op de server in de map met geweigerde bestanden kijken waarom, en lever opnieuw aan. Of "
        "pas bij Beheer, Bronnen aan hoe zij worden gelezen."
    ),
    "retention_unconfirmed": (
        "Bekijk ze bij Beheer, Bewaartermijnen en bevestig ze, of gebruik 'hotspots privacy "
        "confirm-retention'."
    ),
    "retention_shortened": (
        "Bekijk bij Beheer, Bewaartermijnen wat er dan weggaat en bevestig dat, of gebruik 'hotspots "
        "privacy confirm-retention'."
    ),
    "requests_late": "Laat de privacyfunctionaris ze beantwoorden: bij Privacy, Verzoeken.",
    "requests_soon": "Laat de privacyfunctionaris ze beantwoorden: bij Privacy, Verzoeken.",
    "clock_doubted": (
        "Zet de klok goed. Staat hij goed, doe dan met de hand een taak: 'hotspots schedule --once inbox'."
    ),
    "no_jobs": "Laat op de server 'hotspots schedule' aanzetten, dan komen imports en rondes vanzelf.",
    "job_failed": "Verhelp de oorzaak; de taak wordt daarna vanzelf opnieuw geprobeerd.",
    "job_died": (
        "De taak wordt vanzelf opnieuw gedaan. Gebeurt dit vaker, laat dan op de server kijken waarom."
    ),
    "scheduler_silent": "Laat 'hotspots schedule' op de server aanzetten; gemiste rondes worden ingehaald.",
    "job_paused": "Hervat haar bij Beheer, Taken als dat weer kan; wat is gemist, wordt ingehaald.",
    "dead_letters": "Bekijk bij Beheer, Gebeurtenissen waarom, en verzend ze opnieuw.",
    "subscriber_silent": (
        "Vraag wie dat systeem beheert of het werkt. Wat wacht, wordt vanzelf opnieuw verzonden."
    ),
    "job_late": "Kijk of de taak wacht op een andere, of telkens mislukt.",
}
"""What to do about each finding."""

_WEIGHTS = {"no_jobs": Weight.NOTE} | dict.fromkeys(
    (
        "no_addresses",
        "no_tiles",
        "many_unlocated",
        "many_reports",
        "odd_signalled",
        "columns_absent",
        "bytes_replaced",
        "hours_lost",
        "points_rounded",
        "read_otherwise",
        "retention_unconfirmed",
        "retention_shortened",
        "signalling_stopped",
        "requests_soon",
        "job_paused",
        "dead_letters",
    ),
    Weight.WARNING,
)
"""Of findings that can wait; one that weighs more or less by what was found says so itself."""


def _found(code: str, problem: str, *, job: str | None = None, weight: Weight | None = None) -> Finding:
    return Finding(code, weight or _WEIGHTS.get(code, Weight.ACTION), problem, _TO_DO[code], job)


def _about_data(figures: HealthFigures, settings: HealthSettings) -> Iterator[Finding]:
    if not figures.areas.count:
        yield _found("no_areas", "Er zijn geen buurten ingelezen: geen melding hoort bij een gebied.")
    elif figures.areas.approximate_count:
        yield _found(
            "approximate_areas",
            f"De grenzen van {figures.areas.approximate_count} buurten zijn een benadering.",
            weight=Weight.NOTE if figures.is_simulated else Weight.WARNING,
        )
    if not figures.address_count:
        yield _found(
            "no_addresses", "Er is geen adressenbestand: meldingen met alleen een adres krijgen geen plek."
        )
    if figures.lost_tiles:
        yield _found(
            "no_tiles",
            f"Het bestand met kaartbeelden ('{figures.lost_tiles}') is niet te lezen: kaarten tonen de "
            "volgende ondergrond.",
        )
    if not figures.report_count:
        yield _found("no_reports", "Er zijn nog geen meldingen.")
    elif (
        figures.newest_report is not None
        and not figures.is_simulated
        and figures.at - figures.newest_report > timedelta(days=settings.quiet_days)
    ):
        yield _found(
            "no_new_reports",
            f"De nieuwste melding is van {_day(figures.newest_report)}, "
            f"{count((figures.at - figures.newest_report).days, 'dag', 'dagen')} geleden.",
        )
    share = figures.unlocated_count / figures.screened_count if figures.screened_count else 0
    if share > settings.max_unlocated_share:
        yield _found(
            "many_unlocated",
            f"{_percentage(share)} van de meldingen ({figures.unlocated_count} van "
            f"{figures.screened_count}) heeft geen plek, en telt dus niet mee.",
        )
    if figures.free_bytes is not None and figures.free_bytes < settings.min_free_mb * 1_000_000:
        yield _found(
            "little_space", f"Op de schijf van de database is nog {figures.free_bytes // 1_000_000} MB vrij."
        )


def _about_run(figures: HealthFigures, expected: date, settings: HealthSettings) -> Iterator[Finding]:
    run = figures.last_run
    if figures.stopped_at is not None:
        yield _found(
            "signalling_stopped",
            f"Het zoeken naar plekken is gestopt sinds {_moment_in_words(figures.stopped_at, figures)}: "
            "er is geen ronde, en aan de lijst verandert niets vanzelf.",
        )
    if run is None:
        if figures.report_count and figures.stopped_at is None:
            yield _found("no_run", "Er zijn meldingen, maar er is nog geen ronde geweest.")
        return
    is_paused = figures.stopped_at is not None or any(pause.job == "weekly" for pause in figures.pauses)
    if run.as_of < expected and not figures.is_simulated and not is_paused:
        weeks = (expected - run.as_of).days // 7
        yield _found(
            "run_late",
            f"De ronde van {day(expected)} is er niet: de laatste is van {day(run.as_of)}"
            + (f", {count(weeks, 'week', 'weken')} eerder." if weeks else "."),
        )
    last_week, *before = figures.week_counts
    weekly = usual(before) or 0
    if has_few_reports(figures.week_counts, settings):
        yield _found(
            "few_reports",
            f"In de week van de laatste ronde zijn er {count(last_week, 'melding', 'meldingen')}; "
            f"gewoonlijk {weekly:.0f}.",
        )
    elif weekly >= settings.min_usual and last_week > weekly * settings.odd_factor:
        yield _found(
            "many_reports",
            f"In de week van de laatste ronde zijn er {last_week} meldingen; gewoonlijk {weekly:.0f}.",
        )
    signalled = usual(earlier.signalled_count for earlier in figures.earlier_runs) or 0
    is_usual = signalled / settings.odd_factor <= run.signalled_count <= signalled * settings.odd_factor
    if signalled >= settings.min_usual and not is_usual:
        yield _found(
            "odd_signalled",
            f"De laatste ronde signaleert {count(run.signalled_count, 'plek', 'plekken')}; "
            f"gewoonlijk {signalled:.0f}.",
        )


def _about_imports(figures: HealthFigures, settings: HealthSettings) -> Iterator[Finding]:
    """Look at the last import of each source; those of a source that stopped long ago are history."""
    since = figures.at - timedelta(weeks=settings.compared_weeks)
    for delivery in figures.deliveries:
        if delivery is not figures.deliveries[0] and delivery.last.started_at < since:
            continue
        yield from _about_import(delivery, settings)
        told = {(flaw.code, flaw.about) for flaw in flaws_of(delivery, settings)}
        for larger in _larger_before(delivery, figures, settings):
            flaws = [flaw for flaw in flaws_of(larger, settings) if (flaw.code, flaw.about) not in told]
            told |= {(flaw.code, flaw.about) for flaw in flaws}
            yield from map(finding_of, flaws)


def _about_import(delivery: Delivery, settings: HealthSettings) -> Iterator[Finding]:
    last = delivery.last
    if not last.adds_up:
        yield _found("rows_lost", f"Bij de import van '{last.file_name}' tellen de aantallen niet op.")
    if has_many_rejected(last.read, last.rejected, settings):
        is_most = last.rejected > settings.most_rejected_share * last.read
        yield _found(
            "many_rejected",
            f"Van de laatste import ('{last.file_name}') zijn {last.rejected} van {last.read} rijen "
            "geweigerd.",
            weight=Weight.ACTION if is_most else Weight.WARNING,
        )
    yield from map(finding_of, flaws_of(delivery, settings))


def _larger_before(
    delivery: Delivery, figures: HealthFigures, settings: HealthSettings
) -> Iterator[Delivery]:
    """The deliveries of before it that are much larger than all after them: these few rows mend nothing."""
    since = figures.at - timedelta(days=settings.watched_delivery_days)
    largest = delivery.last.read
    for place, line in enumerate(delivery.earlier):
        if line.started_at >= since and line.read > settings.odd_factor * largest:
            yield Delivery(line, delivery.earlier[place + 1 :])
        largest = max(largest, line.read)


def _about_delivery(figures: HealthFigures) -> Iterator[Finding]:
    delivery = figures.last_delivery
    if delivery is None or not delivery.counts.get("refusedFiles"):
        return
    files, refused = delivery.counts["files"], delivery.counts["refusedFiles"]
    yield _found(
        "refused_files",
        f"Uit de inbox zijn op {_moment_in_words(delivery.started_at, figures)} bestanden in hun geheel "
        f"geweigerd: {refused} van {files}.",
    )


def _about_retention(figures: HealthFigures, settings: HealthSettings) -> Iterator[Finding]:
    """Made-up reports are nobody's; where nothing came in there is nothing to remove."""
    if figures.is_simulated or figures.first_import is None:
        return
    if not figures.is_retention_confirmed:
        waits = figures.at - figures.first_import > timedelta(days=settings.unconfirmed_days)
        yield _found(
            "retention_unconfirmed",
            "De bewaartermijnen zijn nog niet bevestigd; er wordt niets verwijderd.",
            weight=Weight.ACTION if waits else None,
        )
    if figures.shortened_periods:
        yield _found(
            "retention_shortened",
            f"{count(len(figures.shortened_periods), 'bewaartermijn', 'bewaartermijnen')} korter gemaakt en "
            "nog niet bevestigd; tot dan geldt de langere.",
        )


def _about_requests(figures: HealthFigures, settings: HealthSettings) -> Iterator[Finding]:
    """What people ask about their own data is answered within its term."""
    today = figures.at.date()
    late = sum(due < today for due in figures.request_terms)
    soon = sum(0 <= (due - today).days <= settings.request_soon_days for due in figures.request_terms)
    for code, total, how in (("requests_late", late, "is om"), ("requests_soon", soon, "is bijna om")):
        if total:
            asked = count(total, "verzoek", "verzoeken")
            yield _found(code, f"De termijn van {asked} van mensen over hun eigen gegevens {how}.")


def _about_clock(figures: HealthFigures, settings: Settings) -> Iterator[Finding]:
    last, days = figures.last_work, settings.jobs.clock_tolerance_days
    if last is None or figures.is_simulated or not clock_contradicts(last, figures.at, days):
        return
    yield _found(
        "clock_doubted",
        f"De klok van de server wijkt meer dan {count(days, 'dag', 'dagen')} af van de laatste taak, die op "
        f"{_moment_in_words(last, figures)} begon: er wordt niets gedaan.",
    )


def _about_jobs(figures: HealthFigures, settings: Settings) -> Iterator[Finding]:
    for pause in figures.pauses:
        yield _found(
            "job_paused",
            f"De taak '{job_name(pause.job)}' is gepauzeerd sinds "
            f"{_moment_in_words(pause.paused_at, figures)}. Waarom: {pause.reason.rstrip('.')}.",
        )
    if not figures.jobs:
        if not figures.is_simulated:
            yield _found("no_jobs", "Er heeft nog geen taak vanzelf gelopen.")
        return
    for job in figures.jobs:
        plan = TIMETABLE.get(job.job)
        if plan is None or not plan.is_on(settings) or job.is_excused:
            continue  # nobody waits for it any more, or now
        if job.last.outcome == "failed":
            yield _found(
                "job_failed",
                f"De taak '{job_name(job.job)}' is op {_moment_in_words(job.last.started_at, figures)} "
                f"mislukt. {why_failed(job.last.message)}",
                job=job.job,
            )
        elif outcome_of(job.last, figures.at) == "died":
            yield _found(
                "job_died",
                f"De taak '{job_name(job.job)}' begon op {_moment_in_words(job.last.started_at, figures)} "
                "en is afgebroken.",
                job=job.job,
            )
    known = [job for job in figures.jobs if job.done_for is not None and not job.is_excused]
    late = [(job, planned) for job in known if (planned := late_for(job, settings, figures.at))]
    if figures.is_simulated or not late:
        return
    if len(late) == len(known):
        last = max(job.last.started_at for job in figures.jobs)
        yield _found(
            "scheduler_silent",
            f"Er loopt geen enkele taak meer; de laatste begon op {_moment_in_words(last, figures)}.",
        )
        return
    for job, planned in late:
        yield _found(
            "job_late",
            f"De taak '{job_name(job.job)}' was gepland op {_moment_in_words(planned, figures)}, "
            "en is daarna niet goed gegaan.",
            job=job.job,
        )


def _about_events(figures: HealthFigures) -> Iterator[Finding]:
    if figures.dead_letters:
        told = count(figures.dead_letters, "bericht", "berichten")
        yield _found("dead_letters", f"Niet aangekomen bij een ander systeem: {told}.")
    for name in figures.silent_subscribers:
        yield _found("subscriber_silent", f"Het systeem '{name}' neemt al lang geen berichten aan.")


def late_for(job: JobFigures, settings: Settings, now: datetime) -> datetime | None:
    """The planned moment for which a job is late; None if it is in time, new, off, paused or no job."""
    plan = TIMETABLE.get(job.job)
    return None if plan is None or job.is_excused else plan.late_for(settings, done_for=job.done_for, now=now)


def _moment_in_words(moment: datetime, figures: HealthFigures) -> str:
    return day_and_time(moment, figures.at.tzinfo)


def _day(moment: datetime) -> str:
    return day(moment)


def _percentage(share: float) -> str:
    return f"{number(100 * share, 1)} %"


def usual(values: Iterable[float]) -> float | None:
    """The median; None of nothing."""
    known = list(values)
    return float(median(known)) if known else None
