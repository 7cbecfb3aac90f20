"""What another address register would change, and what of that harms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from hotspots.geocoding.town_names import town_keys
from hotspots.geography.projection import Projection
from hotspots.settings import ReplacingSettings, Settings
from hotspots.store.area_changes import Harm, few
from hotspots.store.columns import Kind, read_columns
from hotspots.store.place_tables import addresses


@dataclass(frozen=True)
class RegisterChanges:
    """What another register would change.

    Attributes
    ----------
    stored, kept
        Number of addresses stored, and in the other register.
    gone_towns
        Towns of stored addresses that the other register doesn't have.
    outside_share
        Share of the addresses that lie outside the areas; 0 without areas.
    rounded_share
        Share of the points that were rounded.
    moved, common
        Addresses that would lie far from where they are stored, and those that both registers have.
    """

    stored: int
    kept: int
    gone_towns: tuple[str, ...]
    outside_share: float
    rounded_share: float
    moved: int
    common: int

    def harm(self, limits: ReplacingSettings) -> list[Harm]:
        """What a person has to accept first; empty if nothing."""
        found = []
        is_judged = self.kept >= limits.min_judged
        if self.stored >= limits.min_judged and self.kept < limits.min_kept_share * self.stored:
            found.append(
                Harm(
                    f"{self.kept} addresses would replace {self.stored}",
                    f"er zijn nu {self.stored} adressen, en dan {self.kept}",
                )
            )
        if self.gone_towns:
            found.append(
                Harm(
                    f"all addresses of {few(self.gone_towns)} would be gone",
                    f"alle adressen van {few(self.gone_towns, 'en nog')} zijn er dan niet meer",
                )
            )
        if self.common >= limits.min_judged and self.moved > limits.max_lost_share * self.common:
            found.append(
                Harm(
                    f"{self.moved} of {self.common} addresses would lie more than {limits.moved_m:g} m from "
                    "where they are",
                    f"{self.moved} van {self.common} adressen liggen dan meer dan {limits.moved_m:g} meter "
                    "verderop",
                )
            )
        if self.outside_share > limits.max_outside_share and is_judged:
            found.append(
                Harm(
                    f"{self.outside_share:.0%} of the addresses lie outside the areas (--municipality keeps "
                    "those of one municipality)",
                    f"{self.outside_share:.0%} van de adressen ligt in geen buurt: vul de gemeente in",
                )
            )
        if self.rounded_share > limits.max_rounded_share and is_judged:
            share = f"{self.rounded_share:.0%}"
            found.append(
                Harm(
                    f"{share} of the points are rounded, to 10 m or to 3 decimals of a degree",
                    f"{share} van de punten is afgerond, en wijst geen huis aan",
                )
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """The figures, for who looks before it is done."""
        return {"replaced": self.stored, "moved": self.moved, "goneTowns": list(self.gone_towns)}


def compare_register(
    connection: Connection,
    table: pd.DataFrame,
    settings: Settings,
    *,
    is_outside: Sequence[bool],
    rounded_share: float,
) -> RegisterChanges:
    """Compare addresses, as ``read_address_file`` gives them, with those stored.

    Parameters
    ----------
    is_outside
        Whether each lies outside the areas; empty without areas.
    rounded_share
        Share of the points that were rounded.
    """
    query = select(addresses.c.town, func.count()).group_by(addresses.c.town)
    towns: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    moved, common = _moved(connection, table, settings)
    known = {key for town in table["town"].unique() for key in town_keys(town)}
    return RegisterChanges(
        stored=sum(towns.values()),
        kept=len(table),
        gone_towns=tuple(sorted(town for town in towns if town and known.isdisjoint(town_keys(town)))),
        outside_share=sum(is_outside) / len(is_outside) if len(is_outside) else 0.0,
        rounded_share=rounded_share,
        moved=moved,
        common=common,
    )


def _moved(connection: Connection, table: pd.DataFrame, settings: Settings) -> tuple[int, int]:
    """How many addresses lie far from where they are stored, of those in both registers."""
    names = ["street", "house_number", "house_letter", "house_suffix", "town"]
    columns = [*names, "lon", "lat"]
    kinds = dict.fromkeys(columns, Kind.TEXT) | dict.fromkeys(("lon", "lat"), Kind.FLOAT)
    kinds["house_number"] = Kind.INTEGER
    stored = read_columns(connection, select(*[addresses.c[name] for name in columns]), kinds)
    before = pd.DataFrame(stored).astype(dict.fromkeys(names, "str") | {"house_number": np.int64})
    if before.empty:
        return 0, 0
    both = before.drop_duplicates(names).merge(table[columns].drop_duplicates(names), on=names)
    projection = Projection(settings.municipality.crs)
    points = [projection.to_metres(both[f"lon{side}"], both[f"lat{side}"]) for side in ("_x", "_y")]
    (x, y), (new_x, new_y) = points
    is_near = np.hypot(x - new_x, y - new_y) <= settings.replacing.moved_m
    return int((~is_near).sum()), len(both)
