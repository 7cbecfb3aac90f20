"""Rows of a query as the dataclasses that they are read for."""

from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Table, select

Record = TypeVar("Record")


def as_record(kind: type[Record], row: Row[Any], /, **others: Any) -> Record:
    """Make a dataclass of a row: each field from the column of that name, unless it is among the others."""
    names = [field.name for field in fields(kind) if field.name not in others]  # type: ignore[arg-type]
    return kind(**{name: getattr(row, name) for name in names}, **others)


def select_as(kind: type[Any], table: Table) -> Select[Any]:
    """Select the columns of a table that are the fields of a dataclass, in their order."""
    return select(*(table.c[field.name] for field in fields(kind)))
