"""Addresses to points by exact match in the register; what does not match stays unlocated, and says why."""

import re

import numpy as np
import pandas as pd

from hotspots.geocoding.register import AddressRegister
from hotspots.model import Precision

QUERY_COLUMNS = (
    "street",
    "house_number",
    "house_letter",
    "house_suffix",
    "postcode",
    "town",
    "free_text",
)
ADDRESS_RADIUS_M = 10.0


def locate_addresses(queries: pd.DataFrame, register: AddressRegister) -> pd.DataFrame:
    """Locate addresses.

    Parameters
    ----------
    queries
        One row per address: street, house_number, house_letter, house_suffix, postcode, town, free_text, all
        texts, empty where absent.
    register
        The addresses to match with.

    Returns
    -------
    DataFrame
        With the index of the queries: lon, lat (NaN if none), precision (a ``model.Precision`` value),
        radius_m (NaN if none), address_key ("" if none), found, why_not_better (Dutch), located_by.
    """
    keys = pd.DataFrame(
        {
            "postcode": queries["postcode"].map(_compact),
            "number": queries["house_number"].map(_compact),
            "letter": queries["house_letter"].map(_compact),
            "suffix": queries["house_suffix"].map(_compact),
            "street": queries["street"].map(_compact),
            "town": queries["town"].map(_compact),
        },
        index=queries.index,
    )
    known = register.table
    by_postcode = _unique_keys(known, ["postcode", "house_number", "house_letter", "house_suffix"])
    by_street = _unique_keys(known, ["street", "town", "house_number", "house_letter", "house_suffix"])
    wanted_postcode = _joined(keys[["postcode", "number", "letter", "suffix"]])
    wanted_street = _joined(keys[["street", "town", "number", "letter", "suffix"]])
    row = wanted_postcode.map(by_postcode).where(keys["postcode"] != "")
    row = row.fillna(wanted_street.map(by_street).where(keys["street"] != ""))
    row = row.where(keys["number"] != "")
    is_found = row.notna().to_numpy()
    at = row[is_found].astype(np.int64).to_numpy()
    result = pd.DataFrame(
        {
            "lon": np.nan,
            "lat": np.nan,
            "precision": str(Precision.GEEN),
            "radius_m": np.nan,
            "address_key": "",
            "found": "",
            "why_not_better": "geen adres met deze postcode (of straat) en dit huisnummer in het register",
            "located_by": "",
        },
        index=queries.index,
    )
    if is_found.any():
        matched = known.iloc[at]
        result.loc[is_found, "lon"] = matched["lon"].to_numpy()
        result.loc[is_found, "lat"] = matched["lat"].to_numpy()
        result.loc[is_found, "precision"] = str(Precision.ADRES)
        result.loc[is_found, "radius_m"] = ADDRESS_RADIUS_M
        parts = matched[["postcode", "house_number", "house_letter", "house_suffix"]].astype(str)
        result.loc[is_found, "address_key"] = [
            address_key(*values) for values in parts.itertuples(index=False, name=None)
        ]
        result.loc[is_found, "found"] = [
            f"{street} {number}{letter} {suffix}".strip()
            for street, number, letter, suffix in matched[
                ["street", "house_number", "house_letter", "house_suffix"]
            ].itertuples(index=False, name=None)
        ]
        result.loc[is_found, "why_not_better"] = ""
        result.loc[is_found, "located_by"] = "register"
    return result


def address_key(postcode: str, number: str, letter: str = "", suffix: str = "") -> str:
    """Which dwelling it is: postcode, number, letter and suffix, joined by blanks; "" without a number.

    Examples
    --------
    >>> address_key("6211 le", "12", "A")
    '6211LE 12 A'
    """
    if not _compact(number):
        return ""
    return " ".join(filter(None, (_compact(part) for part in (postcode, number, letter, suffix))))


def _compact(text: object) -> str:
    return re.sub(r"\s+", "", str(text)).upper()


def _joined(columns: pd.DataFrame) -> "pd.Series[str]":
    first, *rest = [columns[name] for name in columns.columns]
    joined = first
    for column in rest:
        joined = joined + "|" + column
    return joined


def _unique_keys(table: pd.DataFrame, columns: list[str]) -> dict[str, int]:
    keys = _joined(pd.DataFrame({name: table[name].map(_compact) for name in columns}))
    unique = ~keys.duplicated(keep=False)
    return dict(zip(keys[unique].tolist(), np.flatnonzero(unique).tolist(), strict=True))
