"""Cells of CSV files as a spreadsheet may open them: text that it would take for a formula stays text."""

import re
from collections.abc import Mapping
from typing import Any

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")


def safe_cell(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would take for a formula; numbers stay numbers.

    Examples
    --------
    >>> [safe_cell(value) for value in ("=1+1", "-5.69", "- onbekend", "\\t=1", " =1", 5, None)]
    ["'=1+1", '-5.69', "'- onbekend", "'\\t=1", "' =1", 5, None]
    """
    if not isinstance(value, str) or value[:1].isalnum() or _NUMBER.fullmatch(value):
        return value
    starts = value.startswith(_STARTS_FORMULA) or value.lstrip().startswith(_STARTS_FORMULA)
    return f"'{value}" if starts else value


def spreadsheet_cell(value: Any, decimal_sign: str = ".") -> Any:
    """A cell of a CSV for a spreadsheet: text stays text, and a fraction has the decimal sign of its country.

    Examples
    --------
    >>> [spreadsheet_cell(value, ",") for value in (5.69, 5, "5.69", "=1+1", None)]
    ['5,69', 5, '5.69', "'=1+1", None]
    """
    if isinstance(value, float) and decimal_sign != ".":
        return repr(value).replace(".", decimal_sign)
    return safe_cell(value)


def safe_row(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """A row of which every cell is safe."""
    return {name: safe_cell(value) for name, value in row.items()}
