"""The addresses that runs compare places with: kept beside the database while they are the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspots.detection.exposure import Exposure
from hotspots.geocoding.register_store import load_address_points, replace_addresses
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.weekly import kept_exposure
from hotspots.weekly.kept_exposure import load_exposure, load_streets

RNG = np.random.default_rng(6)


def register(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "street": np.where(np.arange(count) % 3, "Plein", "Kade"),
            "house_number": range(count),
            "house_letter": "",
            "house_suffix": "",
            "postcode": "",
            "town": "",
            "lon": 5.69 + RNG.uniform(0, 0.02, count),
            "lat": 50.85 + RNG.uniform(0, 0.02, count),
        }
    )


def same(one: Exposure, other: Exposure) -> bool:
    centres = np.column_stack([one.addresses.grid.x[:20], one.addresses.grid.y[:20]])
    return (
        np.array_equal(one.study_cells, other.study_cells)
        and np.array_equal(one.addresses.count(centres, 300.0), other.addresses.count(centres, 300.0))
        and all(one.addresses.looks(m) == other.addresses.looks(m) for m in (40.0, 60.0, 70.0))
    )


def test_the_index_of_a_register_is_kept_until_the_register_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, settings = Database(f"sqlite:///{tmp_path / 'city.sqlite'}"), Settings()
    database.upgrade()
    register_of = {count: register(count) for count in (300, 200)}
    for count, table in register_of.items():
        with database.writing() as connection:
            replace_addresses(connection, table)
        with database.reading() as connection:
            assert load_streets(connection, settings) is None
        with database.reading() as connection:
            made = Exposure.of(*load_address_points(connection), settings)
            assert same(load_exposure(connection, settings), made)
            with monkeypatch.context() as patch:
                patch.setattr(kept_exposure, "load_address_points", None)  # it is not read again
                again = load_exposure(connection, settings)
            streets = load_streets(connection, settings)
        assert same(again, made)
        assert streets is not None
        (found,) = streets.within([(5.695, 50.855, 5.705, 50.865)], Projection(settings.municipality.crs))
        assert set(found[0]) == {"Plein", "Kade"}
        is_in = table["lon"].between(5.695, 5.705) & table["lat"].between(50.855, 50.865)
        assert len(found[0]) == len(found[1]) == is_in.sum()
        assert len(again.addresses) == count
    assert len(list((tmp_path / "register").iterdir())) == 1
    database.close()


def test_without_addresses_nothing_is_kept(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'city.sqlite'}")
    database.upgrade()
    with database.reading() as connection:
        assert len(load_exposure(connection, Settings()).addresses) == 0
    assert not (tmp_path / "register").exists()
    database.close()
