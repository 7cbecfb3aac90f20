"""A mapping proposed for a file of an unknown layout: by the names of its columns, and by what is in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from hotspots.errors import MappingError
from hotspots.files.rows import Row
from hotspots.files.values import MISSING, number
from hotspots.geography.projection import WGS84, Projection
from hotspots.geography.region import is_in_region
from hotspots.intake.scrubbing import names_a_person, scrub, scrub_street
from hotspots.intake.sources.column_names import FIELD_NAMES, is_personal, likeness
from hotspots.intake.sources.date_forms import chosen_forms, read_by
from hotspots.intake.sources.mapping import (
    CategoriesMapping,
    ColumnsMapping,
    CoordinatesMapping,
    DatesMapping,
    SourceMapping,
    load_mapping,
    source_names,
)
from hotspots.intake.sources.sampling import Sample
from hotspots.intake.without_persons import ADDRESS
from hotspots.model import Category
from hotspots.settings import SourcesSettings

SHOWN_EXAMPLES = 5
LONGEST_EXAMPLE = 60
"""Characters of a value that is shown."""

HIDDEN = "niet getoond"
"""In the place of a value that may point at a person."""

MOST_COLUMNS = 300
"""Of a file: more are no columns of reports, and each is held against many names."""

MOST_CATEGORIES = 300
"""Values of a column: with more it is no list of categories."""

ENOUGH = 0.6
"""Of the values of a column: so many must be what its name says."""

SURE = 0.55
"""From this likeness of the name on a column that is empty in these rows is taken at its name."""

MOST_MARKED = 0.2
"""Of the values of a column: with more in which a person was found, none of them is shown."""

MANY = ("id", "reported_at", "occurred_at", "changed", "category", "subcategory", "text", "reporter")
"""Fields that may be read from more than one column."""

DATE_FIELDS = ("reported_at", "occurred_at", "changed")

_POSTCODE = re.compile(r"\d{4} ?[A-Za-z]{2}")
_HOUSE_NUMBER = re.compile(r"\d{1,5}([.,]0+)?( ?[A-Za-z]?)([- ]?\w{1,4})?")
_SHORT_NUMBER = re.compile(r"-?\d{1,6}([.,]\d+)?")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2})?")
_OF_DRUGS = re.compile(r"drug|dealen|hennep|wiet|hasj|spuit|narcotic", re.IGNORECASE)
_OF_PERSONS = re.compile(
    r"overlast.*(person|groep|jeugd|jongeren)|(person|jeugd|jongeren|dakloz|thuisloz|zwerver|alcohol|drank)"
    r".*overlast|overlast personen|bedel|zwerver|verward|hangjongeren|hangjeugd|dronken",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Proposal:
    """A mapping as it may be, and what it lacks to be one."""

    mapping: SourceMapping
    absent: tuple[str, ...] = ()  # fields that every mapping must have, and for which no column was found


def propose(sample: Sample, *, crs: str) -> Proposal:
    """Propose how to read a file.

    Parameters
    ----------
    crs
        The projected system of the municipality: coordinates are looked for in it, and in degrees.
    """
    fields = _fields(sample, crs)
    columns = ColumnsMapping.model_validate(
        {"id": "", "reported_at": "", **{name: _one_or_more(found) for name, found in fields.items()}}
    )
    forms = forms_of(sample, columns)
    mapping = SourceMapping(
        file=sample.file,
        joins=sample.joins,
        columns=columns,
        dates=DatesMapping(formats=forms or ("iso",)),
        categories=CategoriesMapping(values=proposed_categories(categories_in(sample.rows, columns))),
        coordinates=CoordinatesMapping(crs=_system(sample, fields, crs)),
    )
    return Proposal(mapping, tuple(name for name in ("id", "reported_at") if not fields.get(name)))


def fits(mapping: SourceMapping, sample: Sample) -> bool:
    """Whether a file of this layout can be read by a mapping: it has what that needs, opened in that way."""
    file, found = mapping.file, sample.file
    if file.format != found.format or file.main != found.main:
        return False
    if file.format != "json" and not sample.is_workbook and file.delimiter != found.delimiter:
        return False
    columns = mapping.columns.named()
    folded = {" ".join(name.casefold().split()) for name in sample.columns}
    has = [
        [" ".join(column.casefold().split()) in folded for column in columns.get(name, ())]
        for name in ("id", "reported_at", "category")
    ]
    return all(has[0]) and all(has[1]) and (not has[2] or any(has[2]))


def fitting(settings: SourcesSettings, sample: Sample) -> list[str]:
    """The sources of which the mapping can read a file of this layout, those that use most of it first."""
    found = []
    for name in source_names(settings):
        with suppress(MappingError):  # another file than this one is wrong
            mapping = load_mapping(settings, name)
            if fits(mapping, sample):
                columns = {column for of_field in mapping.columns.named().values() for column in of_field}
                found.append((-len(columns & set(sample.columns)), name))
    return [name for _, name in sorted(found)]


def forms_of(sample: Sample, columns: ColumnsMapping) -> tuple[str, ...]:
    """The ways in which the dates of a file are written, by the columns that have them."""
    named = columns.named()
    values = [value for name in DATE_FIELDS for value in joined_values(sample, named.get(name, ()))]
    return chosen_forms(values, is_called_date=True)


def joined_values(sample: Sample, columns: Sequence[str]) -> list[str]:
    """The values of columns together, as a mapping joins them: a day and an hour apart are one moment."""
    if len(columns) == 1:
        return sample.values(columns[0])
    rows = zip(*(map(str.strip, sample.written(column)) for column in columns), strict=True)
    return [" ".join(filter(None, parts)) for parts in rows if any(parts)]


def categories_in(rows: Iterable[Row], columns: ColumnsMapping) -> set[tuple[str, str]]:
    """The categories of rows with their subcategories."""
    named = columns.named()
    main, sub = named.get("category", ()), named.get("subcategory", ())
    return {(_first_of(row, main), _first_of(row, sub)) for row in rows} if main else set()


def _first_of(row: Row, columns: Sequence[str]) -> str:
    cells = row.cells
    found = (cells.get(column, "").strip() for column in columns)
    return next((value for value in found if value.casefold() not in MISSING), "")


def proposed_categories(found: Iterable[tuple[str, str]]) -> dict[str, Category]:
    """What is screened of the categories of a source, by their names; what is left out is not.

    Parameters
    ----------
    found
        Categories, each with a subcategory or an empty text.

    Examples
    --------
    >>> pairs = [("Overlast", "Drugs"), ("Overlast", "Katten"), ("Overlast personen", ""), ("Afval", "")]
    >>> {name: str(kind) for name, kind in proposed_categories(pairs).items()}
    {'Overlast/Drugs': 'drugs', 'Overlast personen': 'personen'}
    """
    values: dict[str, Category] = {}
    for main, sub in sorted(set(found)):
        of_main = _kind_of(main)
        if of_main is not None:
            values[main] = of_main
        of_both = _kind_of(sub) or (None if of_main else _kind_of(f"{main} {sub}"))
        if sub and of_both is not None and of_both is not of_main:
            values[f"{main}/{sub}"] = of_both
    return values


def _kind_of(name: str) -> Category | None:
    if _OF_DRUGS.search(name):
        return Category.DRUGS
    return Category.PERSONEN if _OF_PERSONS.search(name) else None


def examples(sample: Sample, column: str, of_field: str = "") -> list[str]:
    """Some different values of a column as a page may show them: without what points at a person.

    Parameters
    ----------
    of_field
        What the column is read as: of texts and reporters no value is shown, as in the preview of an import.
    """
    values = sample.values(column)
    if of_field in ("text", "reporter") or (not of_field and is_personal(column)):
        return [HIDDEN] if values else []
    different = list(dict.fromkeys(values))[: 20 * SHOWN_EXAMPLES]
    cleaned = [_cleaned(value, of_field) for value in different]
    marked = sum(one != other for one, other in zip(different, cleaned, strict=True))
    is_text = not of_field and len(different) >= SHOWN_EXAMPLES and _is_text(values)
    if is_text or (not of_field and marked > MOST_MARKED * len(different)):
        return [HIDDEN]
    return [one[:LONGEST_EXAMPLE] for one in dict.fromkeys(cleaned)][:SHOWN_EXAMPLES]


def _cleaned(value: str, of_field: str) -> str:
    """A value without what points at a person; what has the form of a moment or a place is none."""
    if of_field in ADDRESS:
        return ADDRESS[of_field](value) or HIDDEN  # as it would be kept
    if of_field == "street":
        return scrub_street(value, has_number=False)
    if of_field == "id":
        return HIDDEN if names_a_person(value) else value
    if of_field in ("x", "y"):
        return value if _SHORT_NUMBER.fullmatch(value) else HIDDEN
    return value if chosen_forms([value], is_called_date=of_field in DATE_FIELDS) else scrub(value)


def _one_or_more(columns: Sequence[str]) -> str | tuple[str, ...]:
    return columns[0] if len(columns) == 1 else tuple(columns)


def _fields(sample: Sample, crs: str) -> dict[str, list[str]]:
    """The columns of each field, each column for one: the surest names first."""
    keys = {name for join in sample.joins for name in (join.by, f"{join.prefix}{join.key}")}
    usable = [column for column in sample.columns if column not in sample.repeated | keys][:MOST_COLUMNS]
    scored = [
        (likeness(column, name) + fit / 4, -place, name, column)
        for place, column in enumerate(usable)
        for name in FIELD_NAMES
        if likeness(column, name) and (fit := _fit(sample, column, name)) is not None
    ]
    fields: dict[str, list[str]] = {}
    taken: set[str] = set()
    for _, _, name, column in sorted(scored, key=lambda one: (-one[0], -one[1], one[2])):
        if name not in fields and column not in taken:
            fields[name] = [column]
            taken.add(column)
    _put_together(sample, fields)
    _add_by_content(sample, usable, fields, taken)
    _add_clock(sample, usable, fields, taken)
    _add_coordinates(sample, usable, fields, taken, crs)
    return fields


def _put_together(sample: Sample, fields: dict[str, list[str]]) -> None:
    """Read a column of streets in which the houses stand too as an address."""
    if "street" not in fields or {"house_number", "address"} & fields.keys():
        return
    streets = sample.values(fields["street"][0])
    if streets and _share(streets, lambda value: any(map(str.isdigit, value))) >= ENOUGH:
        fields["address"] = fields.pop("street")


def _fit(sample: Sample, column: str, name: str) -> float | None:
    """How much of a column can be what a field is, 0 to 1; None if that is too little."""
    values = sample.values(column)
    if not values:
        return 0.0 if likeness(column, name) >= SURE and name not in ("id", "reported_at") else None
    share = _SHARES.get(name)
    found = 1.0 if share is None else share(values)
    return found if found >= ENOUGH else None


def _share(values: Sequence[str], is_one: Callable[[str], object]) -> float:
    return sum(bool(is_one(value)) for value in values) / len(values)


def _of_dates(values: Sequence[str]) -> float:
    forms = chosen_forms(values, is_called_date=True)
    read = frozenset[str]().union(*(read_by(values, form) for form in forms))
    return _share(values, read.__contains__)


def _of_ids(values: Sequence[str]) -> float:
    return len(set(values)) / len(values)


def _of_categories(values: Sequence[str]) -> float:
    different = set(values)
    is_list = len(different) <= MOST_CATEGORIES and (len(different) <= 10 or len(different) < len(values) / 2)
    return _share(values, lambda value: not value.isnumeric() and len(value) <= 120) if is_list else 0.0


def _has_letters(value: str) -> bool:
    return any(map(str.isalpha, value))


_SHARES: Mapping[str, Callable[[Sequence[str]], float]] = {
    **dict.fromkeys(DATE_FIELDS, _of_dates),
    "id": _of_ids,
    "category": _of_categories,
    "subcategory": _of_categories,
    "text": lambda values: _share(values, _has_letters),
    "street": lambda values: _share(values, _has_letters),
    "town": lambda values: _share(values, _has_letters),
    "address": lambda values: _share(values, _has_letters),
    "house_number": lambda values: _share(values, _HOUSE_NUMBER.fullmatch),
    "postcode": lambda values: _share(values, _POSTCODE.fullmatch),
    "x": lambda values: _share(values, lambda value: np.isfinite(number(value).value)),
    "y": lambda values: _share(values, lambda value: np.isfinite(number(value).value)),
}


def _add_by_content(
    sample: Sample, usable: Sequence[str], fields: dict[str, list[str]], taken: set[str]
) -> None:
    """Find what no name told: a number that each row has for itself, a moment, a postcode, a long text."""
    kinds: Mapping[str, Callable[[Sequence[str]], float]] = {
        "reported_at": lambda values: _share(
            values,
            frozenset[str]()
            .union(*(read_by(values, form) for form in chosen_forms(values, is_called_date=False)))
            .__contains__,
        ),
        "id": lambda values: (
            _of_ids(values) if len(values) == len(sample.rows) and not _is_text(values) else 0.0
        ),
        "postcode": _SHARES["postcode"],
        "text": lambda values: 1.0 if _is_text(values) else 0.0,
        "category": lambda values: _share(values, _kind_of) and _of_categories(values),
    }
    for name, share in kinds.items():
        if name in fields:
            continue
        left = [
            column
            for column in usable
            if column not in taken and sample.values(column) and not is_personal(column)
        ]
        scored = [(share(sample.values(column)), -place, column) for place, column in enumerate(left)]
        best = max(scored, default=(0.0, 0, ""))
        if best[0] >= (0.99 if name == "id" else 0.9):
            fields[name] = [best[2]]
            taken.add(best[2])


def _is_text(values: Sequence[str]) -> bool:
    """Whether these are sentences: several words each, and few that come by twice."""
    words = [len(value.split()) for value in values]
    return sum(words) / len(words) >= 4 and len(set(values)) > len(values) / 2 if words else False


def _add_clock(sample: Sample, usable: Sequence[str], fields: dict[str, list[str]], taken: set[str]) -> None:
    """Read a day and the hour that stands in a column of its own together."""
    for name in ("reported_at", "occurred_at"):
        days = sample.values(fields[name][0]) if fields.get(name) else []
        if not days or _share(days, lambda value: ":" in value) > 1 - ENOUGH:
            continue
        left = [column for column in usable if column not in taken]
        clocks = [
            column
            for column in left
            if (found := sample.values(column)) and _share(found, _CLOCK.fullmatch) >= ENOUGH
        ]
        if clocks:
            fields[name].append(clocks[0])
            taken.add(clocks[0])


def _points(sample: Sample, x: str, y: str) -> tuple[list[float], list[float]]:
    both = zip(sample.written(x), sample.written(y), strict=True)
    pairs = [(number(one).value, number(other).value) for one, other in both]
    told = [
        (one, other) for one, other in pairs if np.isfinite(one) and np.isfinite(other) and (one or other)
    ]
    return [one for one, _ in told], [other for _, other in told]


def _share_in(xs: Sequence[float], ys: Sequence[float], system: str, crs: str) -> float:
    if not xs:
        return 0.0
    x, y = np.array(xs), np.array(ys)
    lon, lat = (x, y) if system == WGS84 else Projection(system).to_degrees(x, y)
    return float(np.mean(is_in_region(lon, lat, crs)))


def _add_coordinates(
    sample: Sample, usable: Sequence[str], fields: dict[str, list[str]], taken: set[str], crs: str
) -> None:
    """Put two coordinates right that are named the wrong way round, and find them where no name tells."""
    if "x" in fields and "y" in fields:
        x, y = fields["x"][0], fields["y"][0]
        xs, ys = _points(sample, x, y)
        as_named = max(_share_in(xs, ys, system, crs) for system in (crs, WGS84))
        other_way = max(_share_in(ys, xs, system, crs) for system in (crs, WGS84))
        if other_way > as_named:
            fields["x"], fields["y"] = [y], [x]
        return
    for name in ("x", "y"):  # one without the other is none
        taken.difference_update(fields.pop(name, ()))
    left = [
        column
        for column in usable
        if column not in taken and (found := sample.values(column)) and _SHARES["x"](found) >= 0.9
    ]
    for place, one in enumerate(left):
        for other in left[place + 1 :]:
            for x, y in ((one, other), (other, one)):
                if max(_share_in(*_points(sample, x, y), system, crs) for system in (crs, WGS84)) >= 0.9:
                    fields["x"], fields["y"] = [x], [y]
                    taken.update((x, y))
                    return


def _system(sample: Sample, fields: Mapping[str, Sequence[str]], crs: str) -> str:
    """In which system most points lie where that of the municipality is used; without points that one."""
    if "x" not in fields or "y" not in fields:
        return crs
    points = _points(sample, fields["x"][0], fields["y"][0])
    shares = {system: _share_in(*points, system, crs) for system in (crs, WGS84)}
    return max(shares, key=shares.__getitem__) if any(shares.values()) else crs
