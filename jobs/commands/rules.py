"""`hotspots rules`: asking for other rules, and deciding on them by a second person."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.errors import SettingsError
from hotspots.settings import Settings, load_settings, with_changes
from hotspots.weekly.rule_changes import (
    Outcome,
    RuleChange,
    ask_rules,
    decide_rules,
    read_changes,
    rules_of,
    rules_of_version,
)
from jobs.commands import add_group
from jobs.commands.settings import By
from jobs.terminal import AsJson, Reason, opened, operator, show

Number = Annotated[
    int,
    typer.Argument(min=1, max=10**9, metavar="NUMBER", help="Of the change, as 'hotspots rules list' tells."),
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(
        app,
        "rules",
        list=list_changes,
        propose=propose,
        restore=restore,
        confirm=confirm,
        refuse=refuse,
        withdraw=withdraw,
    )


def list_changes(as_json: AsJson = False) -> None:
    """List the changes that were asked for, the last first: what, by whom, why, and who decided."""
    with opened() as (_, database), database.reading() as connection:
        changes = read_changes(connection)
    own = load_settings()
    if as_json:
        show({"changes": [_as_json(change, own) for change in changes]}, as_json)
        return
    show({str(change.id): _in_words(change, own) for change in changes}, as_json)


def propose(
    change: Annotated[
        list[str],
        typer.Option("--set", metavar="KEY=VALUE", help="Such as detection.min_reports=6; repeatable."),
    ],
    by: By,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Ask for other rules; a second person confirms them ([rules] need_two), and they hold from the next run.

    Look first at what they would have given: 'hotspots evaluate rules', or /beheer/regels.
    """
    others = [each for each in change if not each.startswith("detection.")]
    if others:
        raise SettingsError(f"wanted a setting of [detection], found '{others[0]}'")
    with opened() as (settings, database):
        own = load_settings()
        rules = rules_of(own, with_changes(settings, change))
        now = datetime.now(UTC)
        asked = ask_rules(database, own, by=operator(by), rules=rules, reason=reason, now=now)
    show(_as_json(asked, own), as_json)


def restore(
    by: By,
    reason: Reason,
    number: Annotated[
        int | None,
        typer.Argument(
            min=1,
            max=10**9,
            metavar="[NUMBER]",
            help="Of a change that was confirmed; by default the rules of the settings file.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask for the rules of before: those after a change, or without a number those of the settings file."""
    with opened() as (_, database):
        own = load_settings()
        rules: Mapping[str, Any] = {}
        if number is not None:
            with database.reading() as connection:
                rules = rules_of_version(connection, number)
        now = datetime.now(UTC)
        asked = ask_rules(database, own, by=operator(by), rules=rules, reason=reason, now=now)
    show(_as_json(asked, own), as_json)


def confirm(number: Number, by: By, as_json: AsJson = False) -> None:
    """Confirm rules that somebody else asked for: they hold from the next run on."""
    _decide(number, "confirmed", by, as_json)


def refuse(number: Number, by: By, as_json: AsJson = False) -> None:
    """Refuse rules that somebody else asked for."""
    _decide(number, "refused", by, as_json)


def withdraw(number: Number, by: By, as_json: AsJson = False) -> None:
    """Take back what one asked for oneself."""
    _decide(number, "withdrawn", by, as_json)


def _decide(number: int, outcome: Outcome, by: str, as_json: bool) -> None:
    with opened() as (_, database):
        own = load_settings()
        decided = decide_rules(database, own, number, outcome, by=operator(by), now=datetime.now(UTC))
    show(_as_json(decided, own), as_json)


def _as_json(change: RuleChange, own: Settings) -> Mapping[str, Any]:
    return {
        "number": change.id,
        "outcome": change.outcome or "waits",
        "changes": {
            key: {"from": was, "to": becomes} for key, (was, becomes) in change.differences(own).items()
        },
        "reason": change.reason,
        "askedBy": change.asked_by,
        "askedAt": change.asked_at.isoformat(),
        "decidedBy": change.decided_by,
        "decidedAt": change.decided_at.isoformat() if change.decided_at else None,
    }


def _in_words(change: RuleChange, own: Settings) -> str:
    told = "; ".join(f"{key} {was} -> {becomes}" for key, (was, becomes) in change.differences(own).items())
    decided = f", {change.outcome} by {change.decided_by}" if change.outcome else ", waits"
    return f"{told} (asked by {change.asked_by}{decided}): {change.reason}"
