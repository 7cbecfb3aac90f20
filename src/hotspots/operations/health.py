"""How it goes: whether last week's run was fine, for a stranger, in a minute.

The command, the page, the health check and the metrics all show what :func:`read_status` gives.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hotspots import __version__
from hotspots.operations.health_checks import Finding, Weight, check_health, outcome_of, usual
from hotspots.operations.health_figures import (
    HealthFigures,
    ImportFigures,
    JobFigures,
    RunFigures,
    read_health_figures,
)
from hotspots.operations.job_alerts import Alert
from hotspots.operations.timetable import expected_as_of, last_sunday_before
from hotspots.settings import Settings
from hotspots.store.database import Database

ABOUT_RUN = {"no_run", "run_late", "few_reports", "signalling_stopped"}
"""Findings that say that last week's run is not there, or not to be relied on."""

GONE_WRONG = {"job_failed", "job_died"}
"""Findings that say that a job went wrong the last time."""


@dataclass(frozen=True)
class HealthReport:
    """How it goes, with what was found in it."""

    figures: HealthFigures
    findings: tuple[Finding, ...]
    expected_as_of: date  # of the run that should be there by now
    version: str = __version__

    @property
    def is_simulated(self) -> bool:
        """Whether the reports are made up."""
        return self.figures.is_simulated

    @property
    def needs_action(self) -> bool:
        """Whether something can't wait."""
        return any(finding.weight is Weight.ACTION for finding in self.findings)

    @property
    def is_run_fine(self) -> bool:
        """Whether last week's run is there, and nothing was found that makes it unfit to rely on.

        Until it is late, the one of the week before is. But not while the job that should do it goes wrong.
        """
        run = self.figures.last_run
        if run is None or any(finding.code in ABOUT_RUN for finding in self.findings):
            return False
        is_there = run.as_of >= last_sunday_before(self.figures.at.date())
        return is_there or not any(
            finding.job == "weekly" and finding.code in GONE_WRONG for finding in self.findings
        )

    @property
    def usual_reports(self) -> float | None:
        """The median of the reports in the windows of earlier runs; None without earlier runs."""
        return usual(run.report_count for run in self.figures.earlier_runs)

    @property
    def usual_signalled(self) -> float | None:
        """The median of what earlier runs signalled; None without earlier runs."""
        return usual(run.signalled_count for run in self.figures.earlier_runs)

    @property
    def unlocated_share(self) -> float | None:
        """Which part of the screened reports has no point; None without reports."""
        screened = self.figures.screened_count
        return self.figures.unlocated_count / screened if screened else None

    def count_of(self, weight: Weight) -> int:
        """How many findings weigh this much."""
        return sum(finding.weight is weight for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """As the command gives it."""
        figures = self.figures
        return {
            "needsAction": self.needs_action,
            "isLastWeeksRunFine": self.is_run_fine,
            "findings": [finding.as_json() for finding in self.findings],
            "version": self.version,
            "simulated": self.is_simulated,
            "expectedAsOf": self.expected_as_of.isoformat(),
            "lastRun": _run_json(figures.last_run, self),
            "reportsPerWeek": list(figures.week_counts),
            "newestReport": _moment(figures.newest_report),
            "reports": figures.report_count,
            "unlocated": {
                "reports": figures.unlocated_count,
                "of": figures.screened_count,
                "share": None if self.unlocated_share is None else round(self.unlocated_share, 4),
            },
            "hotspots": figures.hotspot_counts,
            "imports": [_import_json(line) for line in figures.imports],
            "deliveries": [_delivery_json(delivery.last) for delivery in figures.deliveries],
            "jobs": [_job_json(job, figures.at) for job in figures.jobs],
            "paused": [
                {"job": pause.job, "since": _moment(pause.paused_at), "reason": pause.reason}
                for pause in figures.pauses
            ],
            "alerts": [_alert_json(alert) for alert in figures.alerts],
            "areas": {"count": figures.areas.count, "approximate": figures.areas.approximate_count},
            "addresses": figures.address_count,
            "database": {
                "kind": figures.database_kind,
                "bytes": figures.database_bytes,
                "freeBytes": figures.free_bytes,
                "schema": figures.schema,
            },
        }


def read_status(database: Database, settings: Settings, *, now: datetime) -> HealthReport:
    """See how it goes at an aware moment, on which it depends what is late.

    Raises
    ------
    StoreError
        If the database can't be used.
    """
    figures = read_health_figures(database, settings, now=now.astimezone(settings.municipality.zone))
    return HealthReport(figures, check_health(figures, settings), expected_as_of(settings, now))


def _moment(value: datetime | None) -> str | None:
    return None if value is None else f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _run_json(run: RunFigures | None, status: HealthReport) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "asOf": run.as_of.isoformat(),
        "finishedAt": _moment(run.finished_at),
        "version": run.version,
        "reports": run.report_count,
        "usualReports": status.usual_reports,
        "located": run.located_count,
        "signalled": run.signalled_count,
        "usualSignalled": status.usual_signalled,
    }


def _import_json(line: ImportFigures) -> dict[str, Any]:
    return {
        "at": _moment(line.started_at),
        "source": line.source,
        "file": line.file_name,
        "read": line.read,
        "new": line.new,
        "updated": line.updated,
        "unchanged": line.unchanged,
        "otherCategory": line.other_category,
        "rejected": line.rejected,
        "located": line.located,
    }


def _delivery_json(line: ImportFigures) -> dict[str, Any]:
    """The last import of a source, with all that is told of how its file was read."""
    return {
        **_import_json(line),
        "mapping": line.mapping,
        "rejectedShare": _share(line.rejected, line.read),
        "locatedShare": _share(line.located, line.stored),
        "withReporterShare": _share(line.with_reporter, line.stored),
        "absentColumns": line.absent_columns,
        "notes": line.notes,
    }


def _share(part: int | None, whole: int) -> float | None:
    return round(part / whole, 4) if part is not None and whole else None


def _job_json(job: JobFigures, at: datetime) -> dict[str, Any]:
    duration = job.last.duration
    return {
        "job": job.job,
        "outcome": outcome_of(job.last, at),
        "startedAt": _moment(job.last.started_at),
        "seconds": None if duration is None else round(duration.total_seconds(), 3),
        "counts": job.last.counts,
        "message": job.last.message,
        "lastDoneAt": _moment(job.done_at),
    }


def _alert_json(alert: Alert) -> dict[str, Any]:
    return {
        "job": alert.job,
        "kind": alert.kind,
        "raisedAt": _moment(alert.raised_at),
        "about": _moment(alert.about),
        "message": alert.message,
    }
