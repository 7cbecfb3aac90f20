"""Settings as fields of a form: what stands in them, and what was typed read as a setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.admin.setting_words import SettingWords
from hotspots.settings import Settings
from hotspots.settings.bounds import bounds_of, most_of
from hotspots.settings.stored import Place, where_set, written_value

Kind = Literal["text", "number", "colour", "time", "choice", "lines", "events", "kinds"]

MORE_ROWS = 2
"""So many empty rows stand below those of a table: to add something works without a script."""

LONGEST = 2000

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "events": ("name", "first", "last", "areas"),
    "kinds": ("kind", "word", "plural", "inside"),
}
"""The columns of a setting that is a table, by its kind."""


class WrongValueError(Exception):
    """What was typed is no value of a setting; says so in Dutch."""


@dataclass(frozen=True)
class SettingField:
    """One setting in a form."""

    key: str
    words: SettingWords
    kind: Kind
    value: str  # as it is typed; of a table empty
    usual: str  # as it is without what is stored, in words
    is_stored: bool
    place: Place | None  # where the server sets it, so that it can't be changed here
    rows: Sequence[Mapping[str, str]] = ()
    least: float | None = None
    most: float | None = None
    step: str = "1"


def field_of(
    key: str, words: SettingWords, effective: Settings, own: Settings, typed: Mapping[str, str] | None
) -> SettingField:
    """A setting as it stands, or as it was typed."""
    present, usual = written_value(effective, key), written_value(own, key)
    kind = kind_of(key, words, usual)
    rows = _rows(kind, present) if typed is None else _typed_rows(key, kind, typed)
    least, most = (bounds_of(key)[0], most_of(key)) if kind == "number" else (None, None)
    return SettingField(
        key=key,
        words=words,
        kind=kind,
        value=_text(present) if typed is None else typed.get(key, _text(present)),
        usual=words.choices.get(str(usual), _text(usual)) if kind not in COLUMNS else "",
        is_stored=present != usual,
        place=where_set(own, key),
        rows=[*rows, *([dict.fromkeys(COLUMNS[kind], "")] * MORE_ROWS)] if kind in COLUMNS else (),
        least=least,
        most=most,
        step="1" if isinstance(usual, int) else "any",
    )


def kind_of(key: str, words: SettingWords, value: Any) -> Kind:
    """How a setting is asked for."""
    named: dict[str, Kind] = {"calendar.events": "events", "context.kinds": "kinds"}
    if key in named:
        return named[key]
    if words.choices:
        return "choice"
    if key in ("service.colour", "service.accent"):
        return "colour"
    if key.endswith("_time"):
        return "time"
    if isinstance(value, list):
        return "lines"
    return "number" if isinstance(value, int | float) else "text"


def read_field(each: SettingField, form: Mapping[str, str], own: Settings) -> Any:
    """What was typed, as it is stored.

    Raises
    ------
    WrongValueError
        If it is no number, or out of its bounds, or no choice.
    """
    if each.kind in COLUMNS:
        rows = _typed_rows(each.key, each.kind, form)
        return _events(rows) if each.kind == "events" else _kinds(rows)
    text = form.get(each.key, "").strip()[:LONGEST]
    if each.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if each.kind == "number":
        return _number(each, text, is_whole=isinstance(written_value(own, each.key), int))
    if each.kind == "choice" and text not in each.words.choices:
        raise WrongValueError(f"{each.words.label}: kies een van de mogelijkheden.")
    return text


def _number(each: SettingField, text: str, *, is_whole: bool) -> float:
    try:
        value = int(text) if is_whole else float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    least, most = each.least, each.most
    if least is None or most is None or not least <= value <= most:
        kind = "heel getal" if is_whole else "getal"
        raise WrongValueError(f"{each.words.label}: vul een {kind} in van {least or 0} tot en met {most}.")
    return value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rows(kind: Kind, value: Any) -> list[dict[str, str]]:
    if kind == "events":
        return [event | {"areas": ", ".join(event["areas"])} for event in value]
    if kind == "kinds":
        return [{"kind": name, **words} for name, words in value.items()]
    return []


def _typed_rows(key: str, kind: Kind, form: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of a table as they were typed, without empty ones."""
    if kind not in COLUMNS:
        return []
    first = COLUMNS[kind][0]
    numbers = [
        name.removeprefix(f"{key}-").removesuffix(f"-{first}")
        for name in form
        if name.startswith(f"{key}-") and name.endswith(f"-{first}")
    ]
    rows = [
        {name: form.get(f"{key}-{number}-{name}", "").strip()[:LONGEST] for name in COLUMNS[kind]}
        for number in numbers
    ]
    return [row for row in rows if any(row.values())]


def _events(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [
        {**row, "last": row["last"] or row["first"], "areas": row["areas"].replace(",", " ").split()}
        for row in rows
    ]


def _kinds(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    if len({row["kind"] for row in rows}) < len(rows):
        raise WrongValueError("Een soort staat er twee keer. Geef elke soort een eigen naam.")
    return {row["kind"]: {name: row[name] for name in ("word", "plural", "inside")} for row in rows}
