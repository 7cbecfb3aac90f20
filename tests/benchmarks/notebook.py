"""What an analyst's notebook does with the same reports: read the CSV, DBSCAN, the rules by groupby, a map.

It is the measure of the weekly run, which does far more: run by ``make bench BENCH=weekly``.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

import folium
import numpy as np
import pandas as pd
from pyproj import Transformer
from sklearn.cluster import DBSCAN

from tests.benchmarks.measuring import Stopwatch, memory_mb

EPS_M, MIN_REPORTS = 30, 8
"""The best recipe of those in ``hotspots evaluate detection``: DBSCAN with rules."""

MIN_DAYS, MIN_WEEKS, MIN_DURATION_DAYS = 6, 5, 42
MIN_REPORTERS, MAX_REPORTER_SHARE = 3, 0.6


def write_csv(path: Path, table: pd.DataFrame, texts: dict[int, str]) -> None:
    """Write reports as an export has them: ``model.REPORTS`` with texts."""
    columns = ["report_id", "moment", "category", "reporter_id", "lon", "lat", "address_key", "buurtcode"]
    written = [texts.get(number, "") for number in table["report_id"].tolist()]
    table[columns].assign(text=written).to_csv(path, sep=";", index=False)


def places_in(path: Path) -> tuple[pd.DataFrame, float]:
    """The places of a file by the rules, and how many seconds DBSCAN alone took."""
    reports = pd.read_csv(path, sep=";", parse_dates=["moment"])
    reports["x"], reports["y"] = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True).transform(
        reports["lon"].to_numpy(), reports["lat"].to_numpy()
    )
    start = perf_counter()
    reports["place"] = DBSCAN(eps=EPS_M, min_samples=MIN_REPORTS).fit_predict(reports[["x", "y"]])
    alone = perf_counter() - start
    local = reports["moment"].dt.tz_convert("Europe/Amsterdam").dt.tz_localize(None)
    reports["day"] = local.dt.normalize()
    reports["week"] = local.dt.to_period("W").dt.start_time
    clustered = reports[reports["place"] >= 0]
    per_place = clustered.groupby("place")
    places = pd.DataFrame(
        {
            "reports": per_place.size(),
            "days": per_place["day"].nunique(),
            "weeks": per_place["week"].nunique(),
            "duration": (per_place["day"].max() - per_place["day"].min()).dt.days,
            "reporters": per_place["reporter_id"].nunique(),
            "lon": per_place["lon"].mean(),
            "lat": per_place["lat"].mean(),
        }
    )
    most = clustered.groupby(["place", "reporter_id"]).size().groupby("place").max()
    known = clustered[clustered["reporter_id"].notna()].groupby("place").size()
    places["share"] = (most / known).reindex(places.index)
    return places[
        (places["reports"] >= MIN_REPORTS)
        & (places["days"] >= MIN_DAYS)
        & (places["weeks"] >= MIN_WEEKS)
        & (places["duration"] >= MIN_DURATION_DAYS)
        & (places["reporters"] >= MIN_REPORTERS)
        & ~(places["share"] > MAX_REPORTER_SHARE)
    ], alone


def draw(places: pd.DataFrame, path: Path) -> None:
    """Draw a map of places."""
    middle = np.asarray(places[["lat", "lon"]], dtype=np.float64).mean(axis=0) if len(places) else np.zeros(2)
    sheet = folium.Map(location=[float(middle[0]), float(middle[1])], zoom_start=12, tiles=None)
    columns = (places[name].tolist() for name in ("lat", "lon", "reports", "days", "reporters"))
    for lat, lon, reports, days, reporters in zip(*columns, strict=True):
        said = f"{reports} meldingen, {days} dagen, {reporters} melders"
        folium.CircleMarker([lat, lon], radius=float(np.sqrt(reports)), popup=said).add_to(sheet)
    sheet.save(path)


def main() -> None:
    """Read a file, and print ``seconds processor-seconds MB seconds-of-DBSCAN places`` on one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    watch = Stopwatch()
    places, alone = places_in(asked.file)
    draw(places, asked.file.with_suffix(".html"))
    print(watch.clock_s, watch.processor_s, memory_mb("VmHWM"), alone, len(places))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
