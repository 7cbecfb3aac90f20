"""`hotspots detect` and `hotspots replay`: the weekly runs."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from hotspots.errors import NotFoundError
from hotspots.settings import Settings
from hotspots.weekly.weekly_run import RunSummary, replay, run_week
from hotspots.weekly.weeks import weeks_between
from jobs.terminal import AsJson, day_or_today, opened, parse_day, progress, show, today

Day = Annotated[
    str | None, typer.Option(metavar="DATE", help="Peildatum, as 2023-12-31; that whole day counts.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("detect")(detect)
    app.command("replay")(replay_period)


def detect(as_of: Day = None, as_json: AsJson = False) -> None:
    """Do one weekly run: flag candidate hotspots and follow the known ones.

    Looks back over the configured window from the peildatum, by default today, with only what was known then.
    Repeating a run changes nothing. A day after today is refused.
    """
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        peildatum = day_or_today(as_of, settings)
        _refuse_ahead(peildatum, settings)
        task = bar.add_task(f"run as of {peildatum}", total=3)

        def begin(stage: str) -> None:
            bar.update(task, advance=1, description=f"run as of {peildatum}: {stage}")

        summary = run_week(database, settings, as_of=peildatum, now=datetime.now(UTC), on_stage=begin)
    show(_figures(summary), as_json)


def replay_period(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of the period.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of the period.")],
    as_json: AsJson = False,
) -> None:
    """Do every weekly run in a period, each as it would have been then.

    Weekly runs are as of Sunday, the end of the ISO week. A period that ends after today is refused.
    """
    start, end = parse_day(first), parse_day(last)
    weeks = weeks_between(start, end)
    if not weeks:
        raise typer.BadParameter(f"wanted a period with a Sunday in it, found {start} to {end}")
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        _refuse_ahead(end, settings)
        task = bar.add_task("weekly runs", total=len(weeks))
        runs = []
        for summary in replay(database, settings, first=start, last=end, now=datetime.now(UTC)):
            runs.append(summary)
            bar.advance(task)
    show(
        {
            "runs": len(runs),
            "first": runs[0].as_of,
            "last": runs[-1].as_of,
            "signalled": runs[-1].signalled_count,
            "newHotspots": sum(run.new_count for run in runs),
            "unchanged": sum(run.is_unchanged for run in runs),
        },
        as_json,
    )


def _refuse_ahead(day: date, settings: Settings) -> None:
    # its empty run would stay the latest one, and no later run would ever be missed
    if day > (now := today(settings)):
        raise NotFoundError(f"wanted a day up to today, {now}, found {day}: what happens then is not known")


def _figures(summary: RunSummary) -> dict[str, object]:
    return {
        "asOf": summary.as_of,
        "reports": summary.report_count,
        "located": summary.located_count,
        "signalled": summary.signalled_count,
        "newHotspots": summary.new_count,
        "refusedPlaces": summary.refused_count,
        "sharedReporters": summary.shared_reporter_count,
        "widePlaces": summary.looked_for_wide,
        "unchanged": summary.is_unchanged,
    }
