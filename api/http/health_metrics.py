"""How it goes, as Prometheus figures read from the database when they are asked for.

They tell of runs, imports and jobs, whichever process did them, and name no file, place or person.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hotspots.errors import HotspotsError
from hotspots.operations.health import HealthReport, read_status
from hotspots.operations.health_checks import Weight, outcome_of
from hotspots.settings import Settings
from hotspots.store.database import Database

PARTS = ("new", "updated", "unchanged", "other_category", "rejected")


class HealthCollector(Collector):
    """Reads how it goes, each time Prometheus asks.

    Parameters
    ----------
    clock
        Gives the moment, aware.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database, self.settings, self.clock = database, settings, clock

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: registering then needs no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give all figures; only that the database is down, when it is."""
        up = GaugeMetricFamily("hotspots_database_up", "Whether the database can be read and has this schema")
        try:
            status = read_status(self.database, self.settings, now=self.clock())
        except HotspotsError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _of_findings(status)
        yield from _of_runs(status)
        yield from _of_imports(status)
        yield from _of_jobs(status)
        yield from _of_data(status)


def _of_findings(status: HealthReport) -> Iterator[Metric]:
    weights = GaugeMetricFamily(
        "hotspots_findings", "What hotspots status finds, by weight", labels=["weight"]
    )
    for weight in Weight:
        weights.add_metric([weight.name.lower()], status.count_of(weight))
    yield weights
    codes = GaugeMetricFamily("hotspots_finding", "1 for each thing found", labels=["code", "weight"])
    for code, weight in sorted({(finding.code, finding.weight) for finding in status.findings}):
        codes.add_metric([code, weight.name.lower()], 1)
    yield codes


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
    yield _gauge(
        "hotspots_run_as_of_timestamp_seconds", "Peildatum of the last weekly run", _midnight(run.as_of)
    )
    yield _gauge("hotspots_run_age_seconds", "Time since the last weekly run ended", age.total_seconds())
    took = (run.finished_at - run.started_at).total_seconds()
    yield _gauge("hotspots_run_duration_seconds", "How long the last weekly run took", took)
    yield _gauge("hotspots_run_reports", "Screened reports in the window of the last run", run.report_count)
    yield _gauge("hotspots_run_located_reports", "Of which precise enough for clustering", run.located_count)
    yield _gauge("hotspots_candidates", "Places that the last run signals", run.signalled_count)
    if status.usual_signalled is not None:
        yield _gauge("hotspots_candidates_usual", "Median of earlier runs", status.usual_signalled)
    if status.usual_reports is not None:
        yield _gauge("hotspots_run_reports_usual", "Median of earlier runs", status.usual_reports)
    states = GaugeMetricFamily(
        "hotspots_hotspots", "Hotspots that have not ended, by status", labels=["status"]
    )
    for name, count in sorted(status.figures.hotspot_counts.items()):
        states.add_metric([name], count)
    yield states


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
    latest = GaugeMetricFamily("hotspots_last_import_rows", "Rows of the last import", labels=["outcome"])
    for part in PARTS:
        latest.add_metric([part], getattr(last, part))
    yield latest
    at = last.started_at.timestamp()
    yield _gauge("hotspots_last_import_timestamp_seconds", "When the last import began", at)


def _of_jobs(status: HealthReport) -> Iterator[Metric]:
    # no counter: retention removes lines from the ledger
    runs = GaugeMetricFamily("hotspots_job_runs", "Runs in the ledger", labels=["job", "outcome"])
    for (job, outcome), count in sorted(status.figures.job_outcomes.items()):
        runs.add_metric([job, outcome], count)
    yield runs
    ended_well = GaugeMetricFamily(
        "hotspots_job_last_success_timestamp_seconds", "Start of the last run that ended well", labels=["job"]
    )
    duration = GaugeMetricFamily(
        "hotspots_job_last_duration_seconds", "Of the last run that ended", labels=["job"]
    )
    failed = GaugeMetricFamily("hotspots_job_failed", "Whether the last run failed or died", labels=["job"])
    for figures in status.figures.jobs:
        went_wrong = outcome_of(figures.last, status.figures.at) in {"failed", "died"}
        failed.add_metric([figures.job], went_wrong)
        if figures.done_at is not None:
            ended_well.add_metric([figures.job], figures.done_at.timestamp())
        took = next((run.duration for run in figures.runs if run.duration is not None), None)
        if took is not None:
            duration.add_metric([figures.job], took.total_seconds())
    yield from (ended_well, duration, failed)
    alerts = GaugeMetricFamily("hotspots_alerts", "Alerts raised in the last week", labels=["job", "kind"])
    raised = Counter((alert.job, alert.kind) for alert in status.figures.alerts)
    for (job, kind), count in sorted(raised.items()):
        alerts.add_metric([job, kind], count)
    yield alerts


def _of_data(status: HealthReport) -> Iterator[Metric]:
    found = status.figures
    yield _gauge("hotspots_reports", "Reports stored", found.report_count)
    if found.newest_report is not None:
        newest = found.newest_report.timestamp()
        yield _gauge("hotspots_newest_report_timestamp_seconds", "When the newest report was made", newest)
    yield _gauge(
        "hotspots_unlocated_reports",
        "Screened reports in the window without a place",
        found.unlocated_count,
    )
    yield _gauge("hotspots_screened_reports", "Screened reports in the window", found.screened_count)
    yield _gauge("hotspots_database_bytes", "Size of the database", found.database_bytes)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
