"""Other rules for every next run: asked for by one person, confirmed by another, and the versions they make.

Rules are the settings of [detection] that are stored (:mod:`hotspots.settings.stored`). A change names all
that would be stored of them; each change that was confirmed is a version, and to go back is to ask for its
rules.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from hotspots.access.access_changes import is_same_person
from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.access.setting_changes import require_reason
from hotspots.errors import ForbiddenError, LockedError, NotFoundError, SettingsError, StaleError
from hotspots.settings import Settings
from hotspots.settings.bounds import require_within
from hotspots.settings.stored import RULES, where_set, with_stored, written_value
from hotspots.store.database import Database
from hotspots.store.operation_tables import rule_changes
from hotspots.store.stored_settings import lock_stored, read_stored, write_stored

Outcome = Literal["confirmed", "refused", "withdrawn"]


@dataclass(frozen=True)
class RuleChange:
    """Other rules that somebody asked for."""

    id: int
    rules: Mapping[str, Any]  # all that would be stored of [detection], by section.key
    before: Mapping[str, Any]
    reason: str
    asked_at: datetime
    asked_by_id: str
    asked_by: str
    preview_id: int | None
    outcome: Outcome | None  # None: it waits
    decided_at: datetime | None
    decided_by: str | None

    def differences(self, own: Settings) -> dict[str, tuple[Any, Any]]:
        """What it changes: each rule with its value before and after."""
        keys = sorted(self.rules.keys() | self.before.keys())
        values = {key: (_of(own, self.before, key), _of(own, self.rules, key)) for key in keys}
        return {key: (was, becomes) for key, (was, becomes) in values.items() if was != becomes}


def ask_rules(
    database: Database,
    own: Settings,
    *,
    by: Actor,
    rules: Mapping[str, Any],
    reason: str,
    now: datetime,
    preview_id: int | None = None,
) -> RuleChange:
    """Ask for other rules; where no second person is needed they count at once.

    Parameters
    ----------
    own
        The settings of file and environment.
    rules
        All that is to be stored of [detection], by ``section.key``; what is not named is as in `own`.

    Raises
    ------
    SettingsError
        If the rules can't be, are set by file or environment, are those of now, or no reason is given.
    LockedError
        If other rules wait for a second person.
    """
    reason = require_reason(reason)
    wanted = {
        key: value for key, value in rules.items() if key not in RULES or value != written_value(own, key)
    }
    fixed = [key for key in wanted if key not in RULES or where_set(own, key) is not None]
    if fixed:
        raise SettingsError(
            f"wanted a rule of [detection] that neither the settings file nor the environment sets, found "
            f"'{fixed[0]}'"
        )
    for key, value in wanted.items():
        require_within(key, value)
    with database.writing() as connection:
        lock_stored(connection)
        if open_change(connection) is not None:
            raise LockedError("wanted to ask for other rules, found that others wait: decide on those first")
        stored = read_stored(connection)
        before = _rules_in(stored)
        with_stored(own, _others_in(stored) | wanted)
        if wanted == before:
            raise SettingsError("wanted rules that differ from those of now, found the same")
        line = insert(rule_changes).values(
            rules=wanted,
            before=before,
            reason=reason,
            asked_at=now,
            asked_by_id=by.id,
            asked_by=by.name,
            preview_id=preview_id,
        )
        change_id = int(connection.execute(line.returning(rule_changes.c.id)).scalar_one())
        change = read_change(connection, change_id)
        if own.rules.need_two:
            _record(connection, own, change, "gevraagd", by, now)
        else:
            change = _confirm(connection, own, change, by, now)
    return change


def decide_rules(
    database: Database, own: Settings, change_id: int, outcome: Outcome, *, by: Actor, now: datetime
) -> RuleChange:
    """Confirm, refuse or withdraw other rules that wait. Who asked may only withdraw, others may not.

    Confirmed rules count from the next run on.

    Raises
    ------
    NotFoundError
        If there is no such change.
    StaleError
        If it was decided on, or the rules were changed since it was asked for.
    ForbiddenError
        If it is not for this person to do.
    SettingsError
        If the rules can't be any more.
    """
    with database.writing() as connection:
        lock_stored(connection)
        change = read_change(connection, change_id)
        if change.outcome is not None:
            raise StaleError(f"wanted rules that wait, found that change {change_id} is {change.outcome}")
        if is_asker(change, by) != (outcome == "withdrawn"):
            wanted = "who asked for the rules" if outcome == "withdrawn" else "a second person"
            raise ForbiddenError(
                f"'{by.name}' wanted to make change {change_id} {outcome}: that is for {wanted}"
            )
        if outcome == "confirmed":
            return _confirm(connection, own, change, by, now)
        decided = _decide(connection, change, outcome, by, now)
        _record(
            connection, own, change, {"refused": "afgewezen", "withdrawn": "ingetrokken"}[outcome], by, now
        )
        return decided


def attach_preview(database: Database, change_id: int, preview_id: int) -> None:
    """Note which preview shows what rules that wait would give."""
    waits = (rule_changes.c.id == change_id) & rule_changes.c.outcome.is_(None)
    with database.writing() as connection:
        connection.execute(update(rule_changes).where(waits).values(preview_id=preview_id))


def is_asker(change: RuleChange, actor: Actor) -> bool:
    """Whether this is who asked for a change: by account, or on the server by name."""
    return is_same_person(actor, change.asked_by_id, change.asked_by)


def read_change(connection: Connection, change_id: int) -> RuleChange:
    """Read one change.

    Raises
    ------
    NotFoundError
        If there is none by this number.
    """
    row = connection.execute(select(rule_changes).where(rule_changes.c.id == change_id)).first()
    if row is None:
        raise NotFoundError(f"there is no change of the rules {change_id}")
    return _change(row)


def rules_of_version(connection: Connection, change_id: int) -> Mapping[str, Any]:
    """The rules of a change that was confirmed, to ask for them again.

    Raises
    ------
    NotFoundError
        If there is none by this number, or it was not confirmed.
    """
    change = read_change(connection, change_id)
    if change.outcome != "confirmed":
        raise NotFoundError(
            f"wanted a change that was confirmed, found that {change_id} is {change.outcome or 'waiting'}"
        )
    return change.rules


def read_changes(connection: Connection) -> list[RuleChange]:
    """Read all changes that were asked for, the last first."""
    return [
        _change(row) for row in connection.execute(select(rule_changes).order_by(rule_changes.c.id.desc()))
    ]


def changed_since(connection: Connection, moment: datetime) -> bool:
    """Whether other rules were confirmed after a moment."""
    later = (rule_changes.c.outcome == "confirmed") & (rule_changes.c.decided_at >= moment)
    return connection.execute(select(rule_changes.c.id).where(later).limit(1)).first() is not None


def open_change(connection: Connection) -> RuleChange | None:
    """The change that waits for a second person, if any."""
    row = connection.execute(select(rule_changes).where(rule_changes.c.outcome.is_(None))).first()
    return None if row is None else _change(row)


def stored_rules(connection: Connection) -> dict[str, Any]:
    """The rules that are stored, by ``section.key``."""
    return _rules_in(read_stored(connection))


def rules_of(own: Settings, proposed: Settings) -> dict[str, Any]:
    """All rules that are to be stored so that those of `proposed` hold."""
    values = {key: written_value(proposed, key) for key in sorted(RULES)}
    return {key: value for key, value in values.items() if value != written_value(own, key)}


def changes_to(effective: Settings, own: Settings, rules: Mapping[str, Any]) -> list[str]:
    """What a preview tries to show these rules: ``section.key=value`` for each that is another than now."""
    values = {key: _of(own, rules, key) for key in sorted(RULES)}
    return [
        f"{key}={json.dumps(value)}"
        for key, value in values.items()
        if value != written_value(effective, key)
    ]


def _of(own: Settings, rules: Mapping[str, Any], key: str) -> Any:
    return rules[key] if key in rules else written_value(own, key)


def _rules_in(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key in RULES}


def _others_in(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key not in RULES}


def _confirm(
    connection: Connection, own: Settings, change: RuleChange, by: Actor, now: datetime
) -> RuleChange:
    stored = read_stored(connection)
    present = _rules_in(stored)
    if present != change.before:
        raise StaleError("wanted the rules as they were when others were asked for, found that they changed")
    with_stored(own, _others_in(stored) | dict(change.rules))
    gone = dict.fromkeys(present.keys() - change.rules.keys())
    write_stored(connection, {**gone, **change.rules}, at=now)
    confirmed = _decide(connection, change, "confirmed", by, now)
    _record(connection, own, change, "bevestigd", by, now)
    return confirmed


def _decide(
    connection: Connection, change: RuleChange, outcome: Outcome, by: Actor, now: datetime
) -> RuleChange:
    decided = {"outcome": outcome, "decided_at": now, "decided_by_id": by.id, "decided_by": by.name}
    connection.execute(update(rule_changes).where(rule_changes.c.id == change.id).values(decided))
    return read_change(connection, change.id)


def _record(
    connection: Connection, own: Settings, change: RuleChange, what: str, by: Actor, now: datetime
) -> None:
    differences = change.differences(own)
    record_change(
        connection,
        kind=Kind.RULES,
        about=f"voorstel {change.id} {what}",
        by=by,
        at=now,
        before={key: was for key, (was, _) in differences.items()},
        after={key: becomes for key, (_, becomes) in differences.items()},
        reason=change.reason,
    )


def _change(row: Row[Any]) -> RuleChange:
    return RuleChange(
        *(row.id, row.rules, row.before, row.reason, row.asked_at, row.asked_by_id, row.asked_by),
        *(row.preview_id, row.outcome, row.decided_at, row.decided_by),
    )
