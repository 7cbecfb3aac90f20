"""`/beheer`: the week at a glance, and how it goes."""

from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.admin.jobs import words_for
from api.admin.retention import removal_told
from api.admin.safety import read_safety
from api.admin.sections import Asked
from hotspots.access.rights import Right, may
from hotspots.geocoding.reviewing import count_review
from hotspots.operations.health import read_status
from hotspots.operations.health_checks import Weight
from hotspots.operations.job_states import read_job_states
from hotspots.operations.job_words import ALERTS, alert_in_words
from hotspots.operations.next_round import next_round
from hotspots.operations.this_week import first_steps, read_came_in, read_waiting

router = APIRouter(prefix="/beheer", include_in_schema=False)


SHOWN_ALERTS = 20
TOLD_BY_STEPS = ("no_areas", "no_addresses", "no_reports", "retention_unconfirmed")
"""Findings that the steps to a first list tell already."""


@router.get("")
def get_overview(asked: Asked) -> HTMLResponse:
    """Show whether last week's run was fine, and what needs action."""
    asked.require(Right.READ_OPERATIONS)
    status = read_status(asked.database, asked.settings, now=asked.now)
    figures, zone = status.figures, asked.settings.municipality.zone
    unclear = count_review(asked.database)
    with asked.database.reading() as connection:
        removal = removal_told(asked, connection)
        since = figures.last_run.finished_at if figures.last_run else None
        came_in = read_came_in(connection, since)
        week_ago = asked.now - timedelta(days=7)
        of_week = read_came_in(connection, None if since is None else min(since, week_ago))
        waiting = read_waiting(connection, figures, actor=asked.actor, unclear=unclear)
        changes = next_round(connection, asked.settings, asked.now)
        round_state = read_job_states(connection, asked.settings, now=asked.now)["weekly"]
    return asked.page(
        "overview.html",
        section="/beheer",
        title="Beheer",
        status=status,
        figures=figures,
        action_count=status.count_of(Weight.ACTION),
        since=since,
        came_in=came_in,
        of_week=of_week,
        waiting=waiting,
        changes=changes,
        round_state=round_state,
        steps=first_steps(figures),
        told_by_steps=TOLD_BY_STEPS,
        unsafe_count=len(read_safety(asked).unsafe) if may(asked.actor, Right.READ_SAFETY, None) else 0,
        alert_words=ALERTS,
        alert_in_words=lambda alert: alert_in_words(alert, zone),
        shown_alerts=SHOWN_ALERTS,
        **removal,
        **words_for(asked),
    )
