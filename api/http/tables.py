"""Members of a collection as CSV, for Excel and Power BI: all of them unless a page is asked for."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import UnionType
from typing import IO, Any, Union, get_args, get_origin

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.http.answers import has_it
from api.http.files import make_file, send_file
from hotspots.files.written_tables import CSV_TYPE, Written, csv_parts, write_csv
from hotspots.publishing.exports import REASON_SEPARATOR

READ_AT_ONCE = 500
"""So many members are read at a time, as there may be very many."""


def columns_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The columns of a table of documents: their fields, those within a field behind its name and a point.

    Links are left out, as a spreadsheet follows none.

    Examples
    --------
    >>> class Place(BaseModel):
    ...     lon: float
    >>> class Report(BaseModel):
    ...     number: str
    ...     place: Place | None
    ...     words: list[str]
    >>> columns_of(Report)
    ('number', 'place.lon', 'words')
    """
    columns: list[str] = []
    for own, field in model.model_fields.items():
        name = field.serialization_alias or field.alias or own
        if field.exclude or name.startswith("_"):
            continue
        columns += [f"{name}.{inner}" if inner else name for inner in _within(field.annotation)]
    return tuple(columns)


def _within(kind: Any) -> Sequence[str]:
    if get_origin(kind) in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not type(None)]
        return _within(kinds[0]) if len(kinds) == 1 else [""]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return columns_of(kind)
    if get_origin(kind) is dict and issubclass(get_args(kind)[0], Enum):
        return [str(each.value) for each in get_args(kind)[0]]
    return [""]


def table_of(name: str, model: type[BaseModel], rows: Iterable[object]) -> Written:
    """A table of documents, made of rows of the library, with dates and numbers as such."""
    columns = columns_of(model)
    members = (model.model_validate(row).model_dump(by_alias=True) for row in rows)
    return Written(name, columns, ([_cell(member, column) for column in columns] for member in members))


def answer_table(
    request: Request,
    name: str,
    columns: Sequence[str],
    read: Callable[[int, int], Sequence[Mapping[str, Any]]],
    *,
    first: int,
    count: int,
    headers: Mapping[str, str],
) -> Response:
    """Answer with members of a collection as CSV, or 304 when the client has it already.

    Parameters
    ----------
    columns
        From :func:`columns_of`, or some of them.
    read
        Gives the members (JSON-able) from an offset on, at most so many.
    first, count
        From which member on, and how many.
    """
    sign = request.app.state.settings.export.decimal_sign
    digest = hashlib.sha256(repr((CSV_TYPE, sign, *columns)).encode())

    def rows() -> Iterator[Sequence[Any]]:
        end = first + count
        for offset in range(first, end, READ_AT_ONCE):
            for member in read(offset, min(READ_AT_ONCE, end - offset)):
                row = [_cell(member, column) for column in columns]
                digest.update(repr(row).encode())
                yield row

    def write(output: IO[bytes]) -> None:
        write_csv(output, Written(name, columns, rows()), decimal_sign=sign)

    file = make_file(write, f"{name}.csv")
    tag = f'"{digest.hexdigest()[:32]}"'
    shared = {"ETag": tag, "Vary": "Accept"} | dict(headers)
    if has_it(request, tag):
        file.close()
        return Response(status_code=304, headers=shared)
    return send_file(file, media_type=CSV_TYPE, name=f"{name}.csv", headers=shared)


def example_of(name: str, member: Mapping[str, Any]) -> str:
    """A collection with one member as CSV, for the description of the API.

    Examples
    --------
    >>> example_of("plekken", {"nummer": "HS-1", "waar": {"lon": 5.7}, "_links": {}})
    'nummer;waar.lon\r\nHS-1;5.7\r\n'
    """
    columns: list[str] = []
    for key, value in member.items():
        if not key.startswith("_"):
            columns += [f"{key}.{inner}" for inner in value] if isinstance(value, Mapping) else [key]
    row = [_cell(member, column) for column in columns]
    return "".join(csv_parts(Written(name, columns, [row])))


def _cell(member: Mapping[str, Any], column: str) -> Any:
    value: Any = member
    for name in column.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, list | tuple):
        return REASON_SEPARATOR.join(
            each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in value
        )
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return value.value if isinstance(value, Enum) else value
