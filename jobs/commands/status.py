"""`hotspots status`: whether last week's run was fine, and what needs doing."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import typer

from hotspots.operations.health import HealthReport, read_status
from hotspots.operations.health_checks import Weight, outcome_of
from hotspots.operations.health_figures import ImportFigures, JobFigures
from hotspots.operations.job_alerts import Alert
from jobs.terminal import AsJson, opened, show

SHOWN_IMPORTS = 3
SHOWN_ALERTS = 5


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("status")(status)


def status(as_json: AsJson = False) -> None:
    """Tell whether last week's run was fine: what needs action first, then the figures.

    Exits with 1 when something needs action, for use by a monitor. Findings are in Dutch, as on the page
    /beheer.
    """
    with opened() as (settings, database):
        report = read_status(database, settings, now=datetime.now(UTC))
    if as_json:
        show(report.as_json(), as_json)
    else:
        _tell(report)
    raise typer.Exit(1 if report.needs_action else 0)


def _tell(report: HealthReport) -> None:
    count = report.count_of(Weight.ACTION)
    sys.stdout.write(f"last week's run: {_verdict(report)}{' (simulated data)' * report.is_simulated}\n")
    sys.stdout.write(f"{count} TO ACT ON\n" if count else "nothing to act on\n")
    for finding in report.findings:
        sys.stdout.write(f"\n{finding.weight}: {finding.problem}\n    {finding.action}\n")
    sys.stdout.write("\n")
    lines = list(_figures(report))
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        sys.stdout.write(f"{name:<{width}}  {value}\n")


def _verdict(report: HealthReport) -> str:
    run = report.figures.last_run
    if run is None:
        return "NOT DONE: there is no run at all"
    if (stopped := report.figures.stopped_at) is not None:
        return (
            f"STOPPED since {stopped.astimezone(report.figures.at.tzinfo):%Y-%m-%d %H:%M}: signalling is off"
        )
    if run.as_of < report.expected_as_of and not report.is_simulated:
        return f"NOT DONE: the last one is as of {run.as_of}, that of {report.expected_as_of} is not there"
    done = f"done {run.finished_at.astimezone(report.figures.at.tzinfo):%Y-%m-%d %H:%M}, as of {run.as_of}"
    return f"fine ({done})" if report.is_run_fine else f"NOT FINE ({done}): see below"


def _figures(report: HealthReport) -> Iterator[tuple[str, str]]:
    """Lines with a name before them, empty where it is that of the line before."""
    health = report.figures
    yield "last run", _run(report)
    if health.week_counts:
        last, *before = health.week_counts
        yield "reports that week", f"{last}; in the weeks before {', '.join(map(str, before))}"
    newest = health.newest_report
    yield "newest report", "none" if newest is None else f"{newest.astimezone(health.at.tzinfo):%Y-%m-%d}"
    share = report.unlocated_share
    yield (
        "without a place",
        "no reports"
        if share is None
        else f"{health.unlocated_count} of {health.screened_count} reports ({share:.1%})",
    )
    yield "hotspots", ", ".join(f"{n} {name}" for name, n in health.hotspot_counts.items()) or "none"
    lines = [_import(report, line) for line in health.imports[:SHOWN_IMPORTS]]
    yield from _under("last imports", lines)
    for delivery in health.deliveries:
        yield from _under(f"delivery {delivery.last.source}", list(_delivery(report, delivery.last)))
    yield "alerts, last week", str(len(health.alerts) or "none")
    yield from _under("", [_alert(report, alert) for alert in health.alerts[:SHOWN_ALERTS]])
    for job in health.jobs:
        yield f"job {job.job}", _job(report, job)
    areas = health.areas
    yield (
        "areas",
        f"{areas.count}" + f", {areas.approximate_count} approximate" * bool(areas.approximate_count),
    )
    yield "addresses", str(health.address_count)
    free = "" if health.free_bytes is None else f", {health.free_bytes / 1e9:.1f} GB free"
    yield (
        "database",
        f"{health.database_kind}, {health.database_bytes / 1e6:.1f} MB, schema {health.schema}{free}",
    )
    yield "version", report.version


def _under(name: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from zip((name, *[""] * len(lines)), lines, strict=False)


def _delivery(report: HealthReport, line: ImportFigures) -> Iterator[str]:
    """The last import of a source, and how its file was read."""
    at = line.started_at.astimezone(report.figures.at.tzinfo)
    shares = [
        f"{part / whole:.0%} {what}"
        for part, whole, what in (
            (line.rejected, line.read, "refused"),
            (line.located, line.stored, "with a place"),
            (line.with_reporter, line.stored, "with a known reporter"),
        )
        if part is not None and whole
    ]
    yield f"{at:%Y-%m-%d %H:%M} {line.file_name}: {', '.join(shares) or 'no rows'}"
    if line.mapping != line.source:
        yield f"read by mapping: {line.mapping}"
    if line.absent_columns:
        yield f"absent columns: {', '.join(line.absent_columns)}"
    for note, times in line.notes.items():
        yield f"note: {note}: {times}"


def _run(report: HealthReport) -> str:
    run = report.figures.last_run
    if run is None:
        return "none"
    late = "" if run.as_of >= report.expected_as_of else f" (expected {report.expected_as_of})"
    return (
        f"as of {run.as_of}{late}: {run.report_count} reports{_usually(report.usual_reports)}, "
        f"{run.located_count} located, {run.signalled_count} signalled{_usually(report.usual_signalled)}"
    )


def _usually(value: float | None) -> str:
    return "" if value is None else f" (usually {value:.0f})"


def _import(report: HealthReport, line: ImportFigures) -> str:
    at = line.started_at.astimezone(report.figures.at.tzinfo)
    return (
        f"{at:%Y-%m-%d %H:%M} {line.source} {line.file_name}: "
        f"read {line.read} = new {line.new} + updated {line.updated} + unchanged {line.unchanged} "
        f"+ other category {line.other_category} + rejected {line.rejected}"
    )


def _alert(report: HealthReport, alert: Alert) -> str:
    at = alert.raised_at.astimezone(report.figures.at.tzinfo)
    return f"{at:%Y-%m-%d %H:%M} {alert.job} {alert.kind}: {alert.message}"


def _job(report: HealthReport, job: JobFigures) -> str:
    last = job.last
    outcome = outcome_of(last, report.figures.at)
    took = "" if last.duration is None else f" in {last.duration.total_seconds():.1f} s"
    message = f": {last.message}" if last.message else ""
    return f"{outcome} {last.started_at.astimezone(report.figures.at.tzinfo):%Y-%m-%d %H:%M}{took}{message}"
