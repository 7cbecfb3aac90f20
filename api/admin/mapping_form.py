"""The form by which a file becomes a source: what is asked, and the mapping that the answers make."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.admin.mapping_words import FIELDS, SYSTEMS
from hotspots.errors import MappingError
from hotspots.intake.scrubbing import scrub
from hotspots.intake.sources.date_forms import DATE_FORMS, read_by
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.proposing import (
    DATE_FIELDS,
    MANY,
    MOST_COLUMNS,
    examples,
    joined_values,
    proposed_categories,
)
from hotspots.intake.sources.sampling import Sample, count_values
from hotspots.model import Category
from hotspots.settings import ReadingSettings

MOST_CATEGORIES = 150
"""What one form holds: those that come by most are asked."""

LONGEST_CATEGORY = 200
LOOKED_AT = 500
"""Dates of a file that each way of writing is tried on."""

_CODE_OF_SYSTEM = re.compile(r"EPSG:[0-9]{4,6}")

Fields = Mapping[str, Sequence[str]]
"""What was sent: the values of each field."""

Counting = Callable[[tuple[str, ...]], Counter[tuple[str, ...]]]
"""How often each combination of values of these columns stands in all of a file."""


@dataclass(frozen=True)
class AskedColumn:
    """A column of the file on the form."""

    place: int
    name: str
    examples: Sequence[str]
    field: str
    is_usable: bool = True


@dataclass(frozen=True)
class AskedCategory:
    """A category of the file on the form."""

    place: int
    key: str  # as it stands in a mapping: main, or main/sub
    is_sub: bool
    count: int
    kind: str  # empty: as its main category


def shown_fields(mapping: SourceMapping) -> dict[str, str]:
    """What each column of a mapping is read as; of one that is read as more than one thing, the first."""
    shown: dict[str, str] = {}
    for name, columns in mapping.columns.named().items():
        for column in columns:
            shown.setdefault(column, name)
    return shown


def asked_columns(sample: Sample, mapping: SourceMapping) -> list[AskedColumn]:
    """The columns of a file with their examples, and what a mapping reads them as."""
    shown = shown_fields(mapping)
    return [
        AskedColumn(
            place,
            column,
            examples(sample, column, shown.get(column, "")),
            shown.get(column, ""),
            column not in sample.repeated,
        )
        for place, column in enumerate(sample.columns[:MOST_COLUMNS])
    ]


def asked_forms(sample: Sample, mapping: SourceMapping) -> list[tuple[str, str, int, bool]]:
    """The ways of writing dates that read some here: the way, in words, how many, whether it is chosen."""
    named = mapping.columns.named()
    values = [value for name in DATE_FIELDS for value in joined_values(sample, named.get(name, ()))]
    counts = Counter(values[:LOOKED_AT])
    forms = list(dict.fromkeys([*mapping.dates.formats, *DATE_FORMS]))
    found = [(form, sum(counts[value] for value in read_by(list(counts), form))) for form in forms]
    return [
        (form, DATE_FORMS.get(form, form), count, form in mapping.dates.formats)
        for form, count in found
        if count or form in mapping.dates.formats
    ]


def counting(path: Path, sample: Sample, *, limits: ReadingSettings) -> Counting:
    """Count values in all of a file: it may be large, so for the same columns it is read once."""
    return cache(partial(count_values, path, sample, limits=limits))


def asked_categories(counted: Counting, mapping: SourceMapping) -> tuple[list[AskedCategory], int]:
    """The categories in all of a file, the commonest first, and how many are not asked."""
    named = mapping.columns.named()
    main, sub = named.get("category", ()), named.get("subcategory", ())
    if not main:
        return [], 0
    counts: dict[str, int] = {}
    subs: dict[str, dict[str, int]] = {}
    for values, count in counted((*main, *sub)).items():
        first = next(filter(None, values[: len(main)]), "")[:LONGEST_CATEGORY]
        second = next(filter(None, values[len(main) :]), "")[:LONGEST_CATEGORY]
        counts[first] = counts.get(first, 0) + count
        if second:
            of_main = subs.setdefault(first, {})
            of_main[second] = of_main.get(second, 0) + count
    kinds = {_folded(key): str(kind) for key, kind in mapping.categories.values.items()}
    default = str(mapping.categories.default)
    rows: list[tuple[str, bool, int, str]] = []
    for name in sorted(filter(None, counts), key=lambda one: (-counts[one], one)):
        rows.append((name, False, counts[name], kinds.get(_folded(name), default)))
        of_name = subs.get(name, {})
        for one in sorted(of_name, key=lambda one: (-of_name[one], one)):
            key = f"{name}/{one}"
            rows.append((key, True, of_name[one], kinds.get(_folded(key), "")))
    # what may name a person is no category, and stays out of the mapping
    plain = [row for row in rows if scrub(row[0]) == row[0]][:MOST_CATEGORIES]
    return [AskedCategory(place, *row) for place, row in enumerate(plain)], len(rows) - len(plain)


def mapping_of(sample: Sample, base: SourceMapping, sent: Fields) -> SourceMapping:
    """The mapping that a form makes of another: what the form doesn't ask stays as it was.

    Raises
    ------
    MappingError
        If the answers don't make a mapping; its Dutch says which.
    """
    columns = _columns(sample, base, sent)
    values: dict[str, Any] = base.model_dump(mode="json") | {
        "description": _one(sent, "omschrijving", base.description)[:200],
        "file": sample.file.model_dump(mode="json"),
        "joins": [join.model_dump(mode="json") for join in sample.joins],
        "columns": columns,
    }
    values["dates"] = {"formats": _forms(base, sent), "timezone": _one(sent, "tijdzone", "").strip()}
    values["categories"] = _categories(base, sent)
    values["coordinates"] |= {"crs": _system(base, sent), "radius_m": _radius(base, sent)}
    try:
        return SourceMapping.model_validate(values)
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        raise MappingError(f"{where}: wanted another value", _PROBLEMS.get(where, _PROBLEM)) from None


_PROBLEM = "Dit is zo geen bron. Kijk na wat u koos."
_PROBLEMS = {
    "dates": "Deze tijdzone bestaat niet. Schrijf haar als Europe/Amsterdam, of laat dit leeg.",
    "coordinates": "Dit stelsel van coördinaten of deze afstand kan niet.",
}


def _columns(sample: Sample, base: SourceMapping, sent: Fields) -> dict[str, str | list[str]]:
    names = sample.columns[:MOST_COLUMNS]
    shown = shown_fields(base)
    chosen = {
        column: _one(sent, f"veld-{place}", shown.get(column, "")) for place, column in enumerate(names)
    }
    former = base.columns.named()
    columns: dict[str, str | list[str]] = {"id": "", "reported_at": ""}
    for name, label in FIELDS.items():
        found = [
            column
            for column in former.get(name, ())
            # also what this file has not, and what a column is read as besides what is shown
            if column not in chosen
            or chosen[column] == name
            or (shown.get(column) != name and chosen[column] == shown.get(column))
        ]
        found += [column for column in names if chosen[column] == name and column not in found]
        if len(found) > 1 and name not in MANY:
            first, second = found[:2]
            raise MappingError(
                f"{name}: wanted one column, found {len(found)}",
                f"U koos '{label}' voor '{first}' en voor '{second}'. Kies er één.",
            )
        if found:
            columns[name] = found if len(found) > 1 else found[0]
    for name in ("id", "reported_at"):
        if not columns[name]:
            raise MappingError(
                f"{name}: wanted a column, found none", f"Kies welke kolom dit is: {FIELDS[name]}."
            )
    if ("x" in columns) != ("y" in columns):
        raise MappingError(
            "wanted both x and y, found one", "Kies twee kolommen voor de coördinaten, of geen."
        )
    return columns


def _forms(base: SourceMapping, sent: Fields) -> list[str]:
    known = {*DATE_FORMS, *base.dates.formats}
    found = [form for form in sent.get("datum", ()) if form in known]
    if not found:
        raise MappingError(
            "dates.formats: wanted one at least", "Kies hoe de datums geschreven zijn: één manier of meer."
        )
    return found


def _categories(base: SourceMapping, sent: Fields) -> dict[str, Any]:
    rest = _one(sent, "rest", str(base.categories.default))
    if rest not in set(Category):
        raise MappingError(f"categories.default: wanted one of {', '.join(Category)}", _PROBLEM)
    default = Category(rest)
    values = dict(base.categories.values)
    folded = {_folded(key): key for key in values}
    asked = [
        (name, _one(sent, f"cat-{place}", ""))
        for place in range(MOST_CATEGORIES)
        if (name := _one(sent, f"catnaam-{place}", ""))
    ]
    for name, kind in asked:
        if kind and kind not in set(Category):
            raise MappingError(f"category: wanted one of {', '.join(Category)}, found another", _PROBLEM)
        key = folded.get(_folded(name), name)
        former = values.pop(key, None)
        is_sub = _is_sub(name, [one for one, _ in asked])
        if kind and (is_sub or Category(kind) is not default or former == kind):
            values[key] = Category(kind)
    return {"default": default, "values": values}


def _is_sub(name: str, names: Sequence[str]) -> bool:
    return any(name.startswith(f"{one}/") for one in names)


def _system(base: SourceMapping, sent: Fields) -> str:
    """The system that was chosen: one by its code, as what else names a system may be a file."""
    chosen = _one(sent, "stelsel", base.coordinates.crs)
    if chosen != base.coordinates.crs and not _CODE_OF_SYSTEM.fullmatch(chosen):
        raise MappingError("coordinates.crs: wanted a code such as EPSG:28992", _PROBLEMS["coordinates"])
    return chosen


def _radius(base: SourceMapping, sent: Fields) -> float:
    written = _one(sent, "straal", f"{base.coordinates.radius_m:g}").replace(",", ".")
    try:
        return float(written)
    except ValueError:
        raise MappingError(
            "radius_m: wanted a number", "Schrijf de afstand als een getal, zoals 10."
        ) from None


def systems_for(crs: str, chosen: str) -> list[str]:
    """The coordinate systems that a page offers: of the municipality, the usual ones, and what is chosen."""
    return list(dict.fromkeys([crs, *SYSTEMS, chosen]))


def with_proposed_categories(mapping: SourceMapping, rows: Sequence[AskedCategory]) -> SourceMapping:
    """A mapping that has a proposal for the categories of the whole file too."""
    pairs = [(one.key, "") for one in rows if not one.is_sub]
    mains = [one.key for one in rows if not one.is_sub]
    for one in rows:
        main = next((name for name in mains if one.is_sub and one.key.startswith(f"{name}/")), None)
        if main is not None:
            pairs.append((main, one.key.removeprefix(f"{main}/")))
    values = proposed_categories(pairs)
    return mapping.model_copy(update={"categories": mapping.categories.model_copy(update={"values": values})})


def _one(sent: Fields, name: str, otherwise: str) -> str:
    return next(iter(sent.get(name, ())), otherwise)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
