"""Health figures for Prometheus, read from the database at each scrape.

They cover runs, imports and jobs of every process, and name no file, place or person.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hotspots.errors import HotspotsError
from hotspots.operations.health import HealthReport, read_status
from hotspots.operations.health_checks import Weight, outcome_of, usual
from hotspots.settings import Settings
from hotspots.store.database import Database

PARTS = ("new", "updated", "unchanged", "other_category", "rejected")


class HealthCollector(Collector):
    """Reads the health figures at each scrape.

    Parameters
    ----------
    settings
        Gives the settings of now.
    clock
        Gives the current time, aware.
    """

    def __init__(
        self,
        database: Database,
        settings: Callable[[], Settings],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database, self.settings, self.clock = database, settings, clock

    def describe(self) -> list[Metric]:
        """Describe nothing beforehand, so that registering needs no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give all figures; when the database is down, only that."""
        name, text = "hotspots_database_up", "Whether the database can be read and has this schema"
        try:
            status = read_status(self.database, self.settings(), now=self.clock())
        except HotspotsError:
            yield _gauge(name, text, 0)
            return
        yield _gauge(name, text, 1)
        yield from _of_findings(status)
        yield from _of_runs(status)
        yield from _of_imports(status)
        yield from _of_jobs(status)
        yield from _of_data(status)


def _of_findings(status: HealthReport) -> Iterator[Metric]:
    weights = [((weight.name.lower(),), status.count_of(weight)) for weight in Weight]
    yield _gauges("hotspots_findings", "What hotspots status finds, by weight", ["weight"], weights)
    kinds = sorted({(finding.code, finding.weight) for finding in status.findings})
    codes = [((code, weight.name.lower()), 1) for code, weight in kinds]
    yield _gauges("hotspots_finding", "1 for each thing found", ["code", "weight"], codes)


def _of_runs(status: HealthReport) -> Iterator[Metric]:
    yield _gauge(
        "hotspots_expected_run_as_of_timestamp_seconds",
        "Peildatum of the weekly run that should be there by now",
        _midnight(status.expected_as_of),
    )
    yield _gauge(
        "hotspots_last_week_run_fine",
        "1 when last week's run is there and its counts are as usual, 0 when somebody must look",
        status.is_run_fine,
    )
    run = status.figures.last_run
    if run is None:
        return
    age = status.figures.at - run.finished_at
    took = run.finished_at - run.started_at
    for name, text, value in (
        ("run_as_of_timestamp_seconds", "Peildatum of the last weekly run", _midnight(run.as_of)),
        ("run_age_seconds", "Time since the last weekly run ended", age.total_seconds()),
        ("run_duration_seconds", "How long the last weekly run took", took.total_seconds()),
        ("run_reports", "Screened reports in the window of the last run", run.report_count),
        ("run_located_reports", "Of which precise enough for clustering", run.located_count),
        # as all here without what points at persons: whoever reaches this could count the hidden ones
        ("candidates", "Places that the last run signals", status.figures.told_counts[0]),
        ("candidates_usual", "Median of earlier runs", usual(status.figures.told_counts[1:])),
        ("run_reports_usual", "Median of earlier runs", status.usual_reports),
    ):
        if value is not None:
            yield _gauge(f"hotspots_{name}", text, value)
    states = [((name,), count) for name, count in sorted(status.figures.hotspot_counts.items())]
    yield _gauges("hotspots_hotspots", "Hotspots that have not ended, by status", ["status"], states)


def _of_imports(status: HealthReport) -> Iterator[Metric]:
    totals = status.figures.import_totals
    yield CounterMetricFamily("hotspots_imports", "Files imported", value=totals["files"])
    rows = CounterMetricFamily(
        "hotspots_import_rows", "Rows of all imports, by what became of them", labels=["outcome"]
    )
    for part in PARTS:
        rows.add_metric([part], totals[part])
    yield rows
    if not status.figures.imports:
        return
    last = status.figures.imports[0]
    latest = [((part,), getattr(last, part)) for part in PARTS]
    yield _gauges("hotspots_last_import_rows", "Rows of the last import", ["outcome"], latest)
    at = last.started_at.timestamp()
    yield _gauge("hotspots_last_import_timestamp_seconds", "When the last import began", at)


def _of_jobs(status: HealthReport) -> Iterator[Metric]:
    # gauges, not counters: retention removes lines from the ledger
    outcomes = sorted(status.figures.job_outcomes.items())
    yield _gauges("hotspots_job_runs", "Runs in the ledger", ["job", "outcome"], outcomes)
    ended_well, durations, failed = [], [], []
    for figures in status.figures.jobs:
        job = (figures.job,)
        failed.append((job, outcome_of(figures.last, status.figures.at) in {"failed", "died"}))
        if figures.done_at is not None:
            ended_well.append((job, figures.done_at.timestamp()))
        took = next((run.duration for run in figures.runs if run.duration is not None), None)
        if took is not None:
            durations.append((job, took.total_seconds()))
    name = "hotspots_job_last_success_timestamp_seconds"
    yield _gauges(name, "Start of the last run that ended well", ["job"], ended_well)
    yield _gauges("hotspots_job_last_duration_seconds", "Of the last run that ended", ["job"], durations)
    yield _gauges("hotspots_job_failed", "Whether the last run failed or died", ["job"], failed)
    raised = sorted(Counter((alert.job, alert.kind) for alert in status.figures.alerts).items())
    yield _gauges("hotspots_alerts", "Alerts raised in the last week", ["job", "kind"], raised)


def _of_data(status: HealthReport) -> Iterator[Metric]:
    figures = status.figures
    yield _gauge("hotspots_reports", "Reports stored", figures.report_count)
    if figures.newest_report is not None:
        # not its hour: of one report that is for who may see reports
        newest = _midnight(figures.newest_report.astimezone(figures.at.tzinfo).date())
        yield _gauge("hotspots_newest_report_timestamp_seconds", "Day of the newest report", newest)
    unlocated = figures.unlocated_count
    yield _gauge("hotspots_unlocated_reports", "Screened reports in the window without a place", unlocated)
    yield _gauge("hotspots_screened_reports", "Screened reports in the window", figures.screened_count)
    yield _gauge("hotspots_database_bytes", "Size of the database", figures.database_bytes)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _gauges(
    name: str, help_text: str, labels: list[str], values: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for texts, value in values:
        family.add_metric(texts, value)
    return family


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
