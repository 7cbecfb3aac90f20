"""How fast the statistics are, and how much memory they take, on 2,000 and 100,000 reports in half a year.

``make bench BENCH="scans --reports 2000 100000 --randomisations 999"``: each in a process of its
own, so that the peak is its own. Reports lie at addresses in a city whose size grows with their number, some
addresses much more than others; nothing is tuned to what is found.
"""

import argparse
from collections.abc import Callable
from time import perf_counter

import h3.api.numpy_int as h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.errors import StatisticError
from hotspots.settings import DetectionSettings, StatisticsSettings
from hotspots.statistics.alarms import alarms_of_week
from hotspots.statistics.emerging import emerging_cells
from hotspots.statistics.near_repeat import chains, knox_table
from hotspots.statistics.space_time_scan import space_time_permutation_scan
from tests.benchmarks.measuring import memory_mb, run_apart

WEEKS = DetectionSettings().look_back_weeks
RULES = StatisticsSettings()

Floats = NDArray[np.float64]


class City:
    """Reports at addresses, in metres, with the week and day of each."""

    def __init__(self, reports: int) -> None:
        self.rng = np.random.default_rng(1)
        addresses = max(reports, 2000)
        side_m = 25.0 * addresses**0.5
        self.address_m: Floats = self.rng.uniform(0, side_m, (addresses, 2)).round(1)
        self.at = self.rng.choice(addresses, reports, p=self.rng.dirichlet(np.full(addresses, 0.2)))
        self.day = self.rng.integers(0, 7 * WEEKS, reports)
        self.x, self.y = self.address_m[self.at].T


def permutation_scan(city: City, randomisations: int) -> object:
    """Prospective: what is new in the last eight weeks."""
    return space_time_permutation_scan(
        city.x,
        city.y,
        city.day // 7,
        rng=city.rng,
        max_radius_m=150,
        max_periods=8,
        first_period=0,
        last_period=WEEKS - 1,
        permutations=randomisations,
    )


def knox(city: City, randomisations: int) -> object:
    """Knox's table with the default bands."""
    return knox_table(
        city.x,
        city.y,
        city.day,
        rng=city.rng,
        space_edges_m=RULES.near_repeat_metres,
        day_edges=RULES.near_repeat_days,
        permutations=randomisations,
    )


def chain(city: City, _: int) -> object:
    """Chains of 100 m and 14 days."""
    return chains(city.x, city.y, city.day, within_m=100, within_days=14)


def cells(city: City, _: int) -> object:
    """Emerging classes on H3 cells of 130 m."""
    centre = int(h3.latlng_to_cell(50.85, 5.69, 10))
    rings = int((len(city.address_m) / 30) ** 0.5) + 1
    study = np.asarray(h3.grid_disk(centre, rings), dtype=np.int64)
    return emerging_cells(study[city.at % len(study)], city.day // 7, study, DetectionSettings())


def alarm(city: City, _: int) -> object:
    """Seasonal alarms of 500 series of five years."""
    return alarms_of_week(pd.DataFrame(city.rng.poisson(1.0, (500, 270))), settings=RULES)


BENCHMARKS: dict[str, Callable[[City, int], object]] = {
    "permutation scan": permutation_scan,
    "Knox table": knox,
    "chains": chain,
    "emerging cells": cells,
    "weekly alarms": alarm,
}


def measure(name: str, reports: int, randomisations: int) -> None:
    """Do one, and print its seconds and the memory it took beyond what its process had before."""
    city = City(reports)
    before_mb = memory_mb("VmHWM")
    start = perf_counter()
    try:
        BENCHMARKS[name](city, randomisations)
    except StatisticError as error:
        print(f"{name:<18} {reports:>9,} {randomisations:>15,} {'refused':>9}: {error}", flush=True)
        return
    seconds = perf_counter() - start
    more_mb = memory_mb("VmHWM") - before_mb
    print(f"{name:<18} {reports:>9,} {randomisations:>15,} {seconds:>9.2f} {more_mb:>9.0f}", flush=True)


def main() -> None:
    """Measure everything, each in a new process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="+", default=[2000, 100_000])
    parser.add_argument("--randomisations", type=int, default=999)
    parser.add_argument("--only", choices=BENCHMARKS)
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.in_process:
        measure(asked.only, asked.reports[0], asked.randomisations)
        return
    print(f"{'':<18} {'reports':>9} {'randomisations':>15} {'seconds':>9} {'more MB':>9}")
    for reports in asked.reports:
        for name in [asked.only] if asked.only else BENCHMARKS:
            run_apart(
                __file__,
                *("--in-process", "--only", name, "--reports", reports),
                *("--randomisations", asked.randomisations),
            )


if __name__ == "__main__":
    main()
