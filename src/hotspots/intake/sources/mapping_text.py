"""A mapping written as the TOML that somebody would write by hand."""

import tomllib
from typing import Any

import tomli_w

from hotspots.errors import MappingError
from hotspots.intake.sources.mapping import SourceMapping

_TOLD_OF_FILE = {
    "csv": ("format", "encodings", "delimiter"),
    "json": ("format", "records"),
    "zip": ("format", "encodings", "delimiter", "main"),
}
"""What a mapping says of its file, by the kind of file, also where it is what is usual."""


def toml_of(mapping: SourceMapping) -> str:
    """The text of a mapping file: what is usual is left out, unless a reader would look for it.

    Raises
    ------
    MappingError
        If it can't be written such that it is read as the same.

    Examples
    --------
    >>> columns = {"id": "nr", "reported_at": ["dag", "tijd"]}
    >>> print(toml_of(SourceMapping.model_validate({"file": {"format": "json"}, "columns": columns})))
    [file]
    format = "json"
    records = [
        "results.item",
        "item",
    ]
    <BLANKLINE>
    [columns]
    id = "nr"
    reported_at = [
        "dag",
        "tijd",
    ]
    <BLANKLINE>
    [dates]
    formats = [
        "iso",
    ]
    <BLANKLINE>
    [categories]
    default = "other"
    <BLANKLINE>
    """
    whole = mapping.model_dump(mode="json")
    unusual = mapping.model_dump(mode="json", exclude_defaults=True)
    told: dict[str, Any] = {
        "description": mapping.description,
        "otherwise": mapping.otherwise,
        "number_repeats": mapping.number_repeats,
        "file": _chosen(whole["file"], _TOLD_OF_FILE[mapping.file.format]) | unusual.get("file", {}),
        "joins": whole["joins"],
        "columns": {name: _one_or_more(columns) for name, columns in mapping.columns.named().items()},
        "dates": _chosen(whole["dates"], ("formats",)) | unusual.get("dates", {}),
        "categories": _chosen(whole["categories"], ("default",)) | unusual.get("categories", {}),
        "coordinates": unusual.get("coordinates", {}),
        "counting": unusual.get("counting", {}),
    }
    if "x" in told["columns"]:
        told["coordinates"] = _chosen(whole["coordinates"], ("crs", "radius_m")) | told["coordinates"]
    required = {name: told["columns"].get(name, "") for name in ("id", "reported_at")}
    told["columns"] = required | told["columns"]
    text = tomli_w.dumps({name: value for name, value in told.items() if value})
    if SourceMapping.model_validate(tomllib.loads(text)) != mapping:
        raise MappingError("this mapping can't be written as TOML that is read as the same: write it by hand")
    return text


def _chosen(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names}


def _one_or_more(columns: tuple[str, ...]) -> str | list[str]:
    return columns[0] if len(columns) == 1 else list(columns)
