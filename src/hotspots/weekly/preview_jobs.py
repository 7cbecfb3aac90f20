"""Previews of other rules: asking for one, doing it in a process of its own, and what came out.

A preview does every weekly run of a year twice, which takes longer than a page may. So each is a row that is
asked for, worked on and kept. One is done at a time; it gives a sign of life after each week, and one that
stays silent has died.
"""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, insert, select, update

from hotspots.access.rights import Actor, Right, require
from hotspots.errors import HotspotsError, LockedError, NotFoundError, SettingsError
from hotspots.settings import Settings, with_changes
from hotspots.settings.bounds import require_within
from hotspots.settings.stored import written_value
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.locks import lock_until_end
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import rule_previews
from hotspots.tracking.naming import best_names
from hotspots.tracking.runs import latest_run
from hotspots.weekly.weeks import weeks_between

if TYPE_CHECKING:
    from hotspots.weekly.rule_preview import PreviewedHotspot, RulePreview

State = Literal["running", "done", "failed", "stopped", "died"]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class PreviewedPlace:
    """A hotspot under the present rules, the proposed ones, or both."""

    lon: float
    lat: float
    buurtcode: str | None
    soort: str
    is_dwelling: bool  # it was a woning in any run, or had one known reporter: for who may know of dwellings
    most_reports: int
    weeks_now: frozenset[date]  # days of the runs that signal it
    weeks_proposed: frozenset[date]
    name: str = ""  # as a hotspot there would be called; a preview of an earlier version has none
    because: str = ""  # why the rules that don't signal it don't, in a sentence

    @property
    def change(self) -> Literal["comes", "goes", "stays"]:
        """What the proposed rules do to it."""
        if not self.weeks_now:
            return "comes"
        return "stays" if self.weeks_proposed else "goes"


_PLACES = TypeAdapter(tuple[PreviewedPlace, ...])


@dataclass(frozen=True)
class Preview:
    """One preview, as far as it is."""

    id: int
    asked_at: datetime
    asked_by: str
    changes: tuple[str, ...]
    first: date
    last: date
    done: int
    total: int
    state: State
    message: str | None
    places: tuple[PreviewedPlace, ...]

    @property
    def weeks(self) -> list[date]:
        """The days of its runs."""
        return weeks_between(self.first, self.last)


def ask_preview(
    database: Database, settings: Settings, *, actor: Actor, changes: Sequence[str], now: datetime
) -> int:
    """Ask what other rules would have flagged in the year before the last run; gives the id of the preview.

    Parameters
    ----------
    changes
        As ``section.key=value``; only of [detection].

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    SettingsError
        If a change can't be, or nothing differs.
    LockedError
        If another preview is being done.
    NotFoundError
        If there are no reports.
    """
    require(actor, Right.TRY_RULES, None)
    _proposed(settings, changes)
    with database.writing() as connection:
        lock_until_end(connection, "rule_previews")
        if any(preview.state == "running" for preview in read_previews(connection, settings, now=now)):
            raise LockedError(
                "wanted to preview rules, found that another preview is being done: wait for it"
            )
        last = _last_day(connection, settings)
        first = last - timedelta(weeks=settings.preview.weeks) + timedelta(days=1)
        line = insert(rule_previews).values(
            asked_at=now,
            asked_by=actor.name,
            changes=list(changes),
            first=first,
            last=last,
            done=0,
            total=len(weeks_between(first, last)),
            beat_at=now,
        )
        preview_id = int(connection.execute(line.returning(rule_previews.c.id)).scalar_one())
        kept = select(rule_previews.c.id).order_by(rule_previews.c.id.desc()).limit(settings.preview.kept)
        connection.execute(delete(rule_previews).where(rule_previews.c.id.not_in(kept)))
    return preview_id


def start_preview(settings: Settings, preview_id: int) -> None:
    """Begin the work on a preview that was asked for, in a process of its own, and return at once."""
    multiprocessing.active_children()  # reaps those that are done
    # spawned, because a fork copies the locks of threads that don't exist in the child
    context = multiprocessing.get_context("spawn")
    context.Process(target=_work, args=(settings, preview_id), daemon=True).start()


def do_preview(database: Database, settings: Settings, preview_id: int, *, clock: Clock) -> None:
    """Do a preview that was asked for, and keep what came out.

    Raises
    ------
    NotFoundError
        If there is no such preview.
    """
    with database.reading() as connection:
        preview = read_preview(connection, settings, preview_id, now=clock())
    started = clock()
    longest = timedelta(minutes=settings.preview.max_minutes)

    from hotspots.weekly.rule_preview import preview_rules

    def beat(_: date) -> None:
        if clock() - started > longest:
            raise LockedError(f"stopped: wanted a preview within {longest}, found one that takes longer")
        _change(database, preview_id, {"done": rule_previews.c.done + 1, "beat_at": clock()})

    first, last = preview.first, preview.last
    try:
        with processing(database, "andere regels proberen", now=started):
            proposed = _proposed(settings, preview.changes)
            found = preview_rules(database, settings, proposed, first=first, last=last, on_week=beat)
            with database.reading() as connection:
                names = best_names(connection, settings, _spots_of(found))
    except _StoppedError:
        return
    except HotspotsError as error:
        _change(database, preview_id, {"outcome": "failed", "message": str(error)})
        return
    except BaseException:
        _change(database, preview_id, {"outcome": "failed", "message": "an unexpected error; see the log"})
        raise
    places = [_as_json(replace(place, name=names[number])) for number, place in enumerate(_places_of(found))]
    _change(database, preview_id, {"outcome": "done", "places": places})


def stop_preview(database: Database, preview_id: int, *, actor: Actor) -> None:
    """Stop a preview that is being done; does nothing when it is over.

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    """
    require(actor, Right.TRY_RULES, None)
    with suppress(_StoppedError):
        _change(database, preview_id, {"outcome": "stopped"})


def read_preview(connection: Connection, settings: Settings, preview_id: int, *, now: datetime) -> Preview:
    """Read one preview.

    Raises
    ------
    NotFoundError
        If there is none by this id.
    """
    row = connection.execute(select(rule_previews).where(rule_previews.c.id == preview_id)).first()
    if row is None:
        raise NotFoundError(f"there is no preview {preview_id}")
    return _preview(row, settings, now)


def is_kept(connection: Connection, preview_id: int) -> bool:
    """Whether a preview is there: only the last ones are kept."""
    query = select(rule_previews.c.id).where(rule_previews.c.id == preview_id)
    return connection.execute(query).first() is not None


def read_previews(connection: Connection, settings: Settings, *, now: datetime) -> list[Preview]:
    """Read the previews that are kept, the last first."""
    rows = connection.execute(select(rule_previews).order_by(rule_previews.c.id.desc())).all()
    return [_preview(row, settings, now) for row in rows]


def _places_of(found: "RulePreview") -> list[PreviewedPlace]:
    return [
        *(_place(None, spot) for spot in found.comes),
        *(_place(spot, None) for spot in found.goes),
        *(_place(now, proposed) for now, proposed in found.stays),
    ]


class _StoppedError(Exception):
    """This preview is over already."""


def _spots_of(found: "RulePreview") -> list[dict[str, Any]]:
    """What a name is chosen for, in the order of the places."""
    spots = [*found.comes, *found.goes, *(proposed for _, proposed in found.stays)]
    columns = ("geometry", "soort", "buurtcode")
    return [
        {"hotspot_id": number, **{name: getattr(spot, name) for name in columns}}
        for number, spot in enumerate(spots)
    ]


def _work(settings: Settings, preview_id: int) -> None:
    os.nice(settings.preview.niceness)
    with closing(Database(settings.database.url)) as database:
        do_preview(database, settings, preview_id, clock=lambda: datetime.now(UTC))


def _proposed(settings: Settings, changes: Sequence[str]) -> Settings:
    others = [change for change in changes if not change.startswith("detection.")]
    if others:
        raise SettingsError(f"wanted a setting of [detection], found '{others[0]}'")
    proposed = with_changes(settings, changes)
    for change in changes:
        key = change.partition("=")[0].strip()
        require_within(key, written_value(proposed, key))
    if proposed == settings:
        raise SettingsError(
            f"wanted a rule that differs from the present ones, found {', '.join(changes) or 'none'}"
        )
    return proposed


def _last_day(connection: Connection, settings: Settings) -> date:
    last = latest_run(connection)
    if last is not None:
        return last
    newest = func.max(reports.c.reported_at, type_=reports.c.reported_at.type)
    moment = connection.execute(select(newest)).scalar()
    if moment is None:
        raise NotFoundError("wanted reports to try rules on, found none: import some first")
    return settings.municipality.local_day(moment)


def _change(database: Database, preview_id: int, values: dict[str, Any]) -> None:
    unfinished = (rule_previews.c.id == preview_id) & rule_previews.c.outcome.is_(None)
    with database.writing() as connection:
        changed = connection.execute(update(rule_previews).where(unfinished).values(values))
        if changed.rowcount == 0:
            raise _StoppedError


def _preview(row: Any, settings: Settings, now: datetime) -> Preview:
    silent_after = timedelta(minutes=settings.preview.silent_minutes)
    state: State = row.outcome or ("running" if now - row.beat_at < silent_after else "died")
    return Preview(
        *(row.id, row.asked_at, row.asked_by, tuple(row.changes), row.first, row.last, row.done, row.total),
        state=state,
        message=row.message,
        places=_PLACES.validate_python(row.places or ()),
    )


def _place(now: "PreviewedHotspot | None", proposed: "PreviewedHotspot | None") -> PreviewedPlace:
    spots = [spot for spot in (proposed, now) if spot is not None]
    shown = spots[0]
    return PreviewedPlace(
        lon=round(shown.lon, 6),
        lat=round(shown.lat, 6),
        buurtcode=shown.buurtcode,
        soort=shown.soort,
        is_dwelling=any(spot.touched_persons for spot in spots),
        most_reports=max(spot.most_reports for spot in spots),
        because=shown.why_not,
        weeks_now=frozenset(now.as_ofs if now else ()),
        weeks_proposed=frozenset(proposed.as_ofs if proposed else ()),
    )


def _as_json(place: PreviewedPlace) -> dict[str, Any]:
    values = dict(vars(place))
    for name in ("weeks_now", "weeks_proposed"):
        values[name] = sorted(day.isoformat() for day in values[name])
    return values
