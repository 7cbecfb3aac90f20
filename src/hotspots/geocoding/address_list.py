"""Locates a CSV of addresses: keeps every column and adds the location of each address."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pandas as pd

from hotspots.errors import AddressesError
from hotspots.files.spreadsheets import safe_cell, safe_row
from hotspots.geocoding.locating import QUERY_COLUMNS, locate_addresses
from hotspots.geocoding.register import AddressRegister

ROWS_PER_BATCH = 20_000
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "street": ("straatnaam", "straat", "openbareruimte"),
    "house_number": ("huisnummer",),
    "house_letter": ("huisletter",),
    "house_suffix": ("huisnummertoevoeging", "toevoeging"),
    "postcode": ("postcode",),
    "town": ("woonplaats", "woonplaatsnaam", "plaats"),
    "free_text": ("adres",),
}
"""Column names known for each part of an address, matched without regard to case."""
ADDED = ("lon", "lat", "precisie", "straal_m", "gevonden", "bron")


@dataclass
class LocatedFile:
    """The number of rows read, and of rows located with each precision."""

    read: int = 0
    precisions: Counter[str] = field(default_factory=Counter)


def locate_file(
    path: Path,
    output: Path,
    register: AddressRegister,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
) -> LocatedFile:
    """Locate the addresses of a CSV file.

    Parameters
    ----------
    path
        CSV, UTF-8, delimited by ``;`` or ``,``, with columns as in :data:`COLUMNS`.
    output
        The same rows and columns, with the columns in :data:`ADDED` after them (replaced where present),
        delimited as the input. Written completely or not at all.
    on_progress
        Called with the number of rows done.

    Raises
    ------
    AddressesError
        If the file can't be read, or has no column with addresses.
    """
    part = output.with_name(output.name + ".part")
    try:
        with (
            path.open(encoding="utf-8-sig", newline="") as source,
            part.open("w", encoding="utf-8", newline="") as target,
        ):
            counts = _locate_rows(path, source, target, register, on_progress)
        part.replace(output)
    except OSError as error:
        raise AddressesError(f"can't read '{path}' or write '{output}': {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise AddressesError(f"can't read '{path}' as CSV in UTF-8: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return counts


def _locate_rows(
    path: Path,
    source: Iterator[str],
    target: object,
    register: AddressRegister,
    on_progress: Callable[[int], None],
) -> LocatedFile:
    header = next(source, "")
    delimiter = "," if "," in header and ";" not in header else ";"
    names = next(csv.reader([header], delimiter=delimiter), [])
    columns = _columns_in(names, path)
    rows = csv.DictReader(source, fieldnames=names, delimiter=delimiter, restkey="", restval="")
    kept = [name for name in names if name not in ADDED]
    writer = csv.DictWriter(
        target,  # type: ignore[arg-type]
        fieldnames=[*kept, *ADDED],
        delimiter=delimiter,
        extrasaction="ignore",
        lineterminator="\n",
    )
    writer.writerow({name: safe_cell(name) for name in writer.fieldnames})
    counts = LocatedFile()
    while batch := list(islice(rows, ROWS_PER_BATCH)):
        queries = pd.DataFrame(
            {
                name: [row[columns[name]].strip() if name in columns else "" for row in batch]
                for name in QUERY_COLUMNS
            },
            dtype=object,
        )
        located = locate_addresses(queries, register)
        for row, place in zip(batch, located.to_dict("records"), strict=True):
            has_point = place["lon"] == place["lon"]
            writer.writerow(
                safe_row(row)
                | {
                    "lon": f"{place['lon']:.7f}" if has_point else "",
                    "lat": f"{place['lat']:.7f}" if has_point else "",
                    "precisie": place["precision"],
                    "straal_m": f"{place['radius_m']:.0f}" if has_point else "",
                    "gevonden": safe_cell(place["found"]),
                    "bron": place["located_by"],
                }
            )
        counts.read += len(batch)
        counts.precisions.update(located["precision"].tolist())
        on_progress(counts.read)
    return counts


def _columns_in(names: list[str], path: Path) -> dict[str, str]:
    by_lower = {name.strip().lower(): name for name in names}
    columns = {
        part: by_lower[alias]
        for part, aliases in COLUMNS.items()
        for alias in reversed(aliases)
        if alias in by_lower
    }
    if not {"street", "postcode", "free_text"} & columns.keys():
        wanted = ";".join(aliases[0] for part, aliases in COLUMNS.items() if part != "free_text")
        raise AddressesError(f"wanted the columns {wanted}, or adres, found '{';'.join(names)}' in '{path}'")
    return columns
