"""Verdicts on a hotspot, by partners and final, with the figures they were based on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from hotspots.access.rights import Right
from hotspots.casework.cases import (
    Case,
    CaseAccess,
    OpenCase,
    add_row,
    checked_text,
    organisation_of,
    record_change,
    require_status,
    rows_of,
    signed,
)
from hotspots.casework.workflow import CAN_BE_JUDGED, VERDICTS
from hotspots.errors import WorkflowError
from hotspots.model import Status
from hotspots.store.case_tables import verdicts
from hotspots.store.records import as_record
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import detection_reports, detections, hotspot_states, runs


@dataclass(frozen=True)
class Verdict:
    """The verdict of an organisation."""

    id: int
    organisation: str
    verdict: Status
    is_final: bool
    reason: str
    given_at: datetime
    given_by: str
    peildatum: date | None


def judge(access: CaseAccess, verdict: Status, *, reason: str, expected_version: int | None = None) -> Case:
    """Give the verdict of a partner organisation; it replaces an earlier one of the same organisation.

    Raises as :meth:`~hotspots.casework.cases.CaseAccess.changing`; also WorkflowError if it is no verdict or
    has no reason, or if the hotspot is not open to verdicts.
    """
    with access.changing(Right.JUDGE, expected_version) as opened:
        return judge_opened(opened, verdict, reason=reason)


def judge_opened(opened: OpenCase, verdict: Status, *, reason: str) -> Case:
    """As :func:`judge`, in a change that is going on."""
    if verdict not in VERDICTS:
        raise WorkflowError(f"wanted a verdict, {' or '.join(VERDICTS)}, found '{verdict}'")
    text = checked_text(reason, "reason")
    organisation = organisation_of(opened.actor)
    require_status(opened.case, CAN_BE_JUDGED, "verdicts")
    add_verdict(opened, verdict, reason=text, is_final=False)
    after = {"oordeel": str(verdict), "organisatie": organisation}
    return record_change(opened, "oordelen", after=after, reason=text)


def read_verdicts(access: CaseAccess) -> list[Verdict]:
    """Read every verdict on a hotspot, oldest first; raises as :func:`hotspots.casework.cases.read_case`."""
    with access.reading(Right.READ_CASES) as opened:
        rows = rows_of(verdicts, opened)
    return [as_record(Verdict, row, verdict=Status(row.verdict)) for row in rows]


def add_verdict(opened: OpenCase, verdict: Status, *, reason: str, is_final: bool) -> None:
    """Store a verdict with the figures of the last run, on which it is based."""
    figures = figures_now(opened)
    add_row(
        opened,
        verdicts,
        organisation=opened.actor.organisation,
        verdict=str(verdict),
        is_final=is_final,
        reason=reason,
        peildatum=figures.pop("peildatum", None),
        figures=figures,
        **signed(opened),
    )


def figures_now(opened: OpenCase) -> dict[str, Any]:
    """The peildatum of the last run and its figures of a hotspot, to learn from verdicts."""
    connection, case = opened.connection, opened.case
    row = connection.execute(
        select(hotspot_states, runs.c.as_of, detections.c.evidence)
        .join_from(hotspot_states, runs)
        .outerjoin(detections, detections.c.id == hotspot_states.c.detection_id)
        .where(hotspot_states.c.hotspot_id == case.hotspot_id)
        .order_by(runs.c.as_of.desc())
        .limit(1)
    ).first()
    if row is None:
        return {}
    zone = opened.settings.municipality.zone
    members = connection.execute(
        select(reports.c.source, reports.c.reported_at)
        .join(detection_reports, detection_reports.c.report_id == reports.c.id)
        .where(detection_reports.c.detection_id == row.detection_id)
    ).all()
    return {
        "peildatum": row.as_of,
        "reports": row.report_count,
        "days": row.day_count,
        "weeks": row.week_count,
        "durationDays": row.duration_days,
        "reporters": row.reporter_count,
        "expected": row.expected,
        "pValue": row.p_value,
        "soort": row.soort,
        "indicatie": row.indicatie,
        "buurtcode": row.buurtcode,
        "gebied": case.gebied,
        "sources": sorted({member.source for member in members}),
        "months": sorted(member.reported_at.astimezone(zone).month for member in members),
        "evidence": (row.evidence or {}).get("figures", {}),
    }
