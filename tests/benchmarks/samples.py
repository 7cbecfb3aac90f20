"""Blind samples: how often the interval holds the truth, and whether all that is told gives a sample away.

``make bench BENCH=samples``. The intervals are of 1,000 simulated years of verdicts of which the truth is
known. The attacker reads everything that the service tells of undecided places in the weekly runs of a
simulated year, by the role of OOV, and trains classifiers on some of them to tell samples among the others.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sqlalchemy import select

from api.main import create_app
from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import draw_plan, simulate_year, write_melddesk
from hotspots.intake.import_reports import import_reports
from hotspots.settings import (
    DatabaseSettings,
    PrivacySettings,
    ServiceSettings,
    Settings,
    SignInSettings,
)
from hotspots.settings.sections import SamplesSettings
from hotspots.statistics.sampled_shares import Stratum, found_share, share_of
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.run_tables import sample_frames, samples
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import weeks_between

ROOT = Path(__file__).parents[2]
TRIALS = 1000


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=6, help="simulated years to attack")
    arguments = parser.parse_args()
    print(json.dumps({"coverage": coverage()}, indent=1))  # what a benchmark is for
    told = [place for seed in range(arguments.years) for place in year_as_told(seed)]
    print(json.dumps({"attack": attack(told)}, indent=1))


def coverage() -> dict[str, dict[str, float]]:
    """How many of the intervals held the truth, for years with more and fewer places and verdicts."""
    years = {
        "usual": ((120, 300), (0.25, 0.05), (0.3, 0.1), 100),
        "small": ((60, 150), (0.2, 0.04), (0.3, 0.15), 60),
        "large": ((400, 800), (0.3, 0.1), (0.2, 0.05), 300),
        "one stratum": ((150,), (0.15,), (0.25,), 80),
    }
    result = {}
    for name, year in years.items():
        rng = np.random.default_rng(1)
        held = np.array([_is_held(rng, *year) for _ in range(TRIALS)])
        result[name] = dict(zip(("missed", "found"), held.mean(axis=0).round(3).tolist(), strict=True))
    for name, draw in {"drawn by size": (120, 0.5, 100), "few, drawn by size": (50, 0.8, 40)}.items():
        rng = np.random.default_rng(1)
        held = np.array([is_held_by_size(rng, *draw) for _ in range(TRIALS)])
        result[name] = dict(zip(("missed", "found"), held.mean(axis=0).round(3).tolist(), strict=True))
    return result


def is_held_by_size(
    rng: np.random.Generator, refused: int, chance: float, signalled: int, *, alike_to: int = 3
) -> tuple[bool, bool]:
    """Whether the intervals hold the truth of a year in which places grow and the lot chooses sizes.

    The truth is that of the frame, as told: what grew to a size in the week in which the lot chose it. The
    more reports a place has, the likelier it is a hotspot; a place that was drawn is in no frame after.
    """
    candidates = 8 + rng.geometric(0.15, 60)
    size, judged, found, truth = 0, 0, 0, 0
    for _ in range(refused):
        counts = 8 + np.cumsum(rng.random(rng.integers(4, 30)) < 0.4)
        is_hotspot = rng.random() < min(0.6, 0.04 * (counts[-1] - 7))
        for before, now in zip([0, *counts[:-1]], counts, strict=True):
            sizes = rng.choice(candidates, alike_to)
            if not ((before < sizes) & (sizes <= now)).any():
                continue
            size, truth = size + 1, truth + is_hotspot
            if rng.random() < chance:
                judged, found = judged + 1, found + is_hotspot
                break
    return _are_right([Stratum(size, judged, found)], truth, rng, signalled)


def _is_held(
    rng: np.random.Generator,
    sizes: tuple[int, ...],
    shares: tuple[float, ...],
    chances: tuple[float, ...],
    signalled: int,
) -> tuple[bool, bool]:
    strata, truth = [], 0
    for size, share, chance in zip(sizes, shares, chances, strict=True):
        there, judged = int(rng.binomial(size, share)), int(rng.binomial(size, chance))
        found = int(rng.hypergeometric(there, size - there, judged)) if judged else 0
        strata.append(Stratum(size, judged, found))
        truth += there
    return _are_right(strata, truth, rng, signalled)


def _are_right(
    strata: list[Stratum], truth: int, rng: np.random.Generator, signalled: int
) -> tuple[bool, bool]:
    """Whether the intervals of the share missed and the share found hold the truth."""
    hits, judged = int(rng.binomial(signalled, 0.8)), round(0.8 * signalled)
    of_signalled = Stratum(signalled, judged, int(rng.hypergeometric(hits, signalled - hits, judged)))
    missed, found = share_of(strata), found_share([of_signalled], strata)
    if missed is None or found is None:
        return False, False
    return (
        missed.low <= truth / sum(stratum.size for stratum in strata) <= missed.high,
        found.low <= hits / (hits + truth) <= found.high,
    )


def year_as_told(seed: int) -> Iterator[tuple[dict[str, float], bool]]:
    """What is told of each place that comes in a year while samples are drawn, and whether it is one."""
    rng = np.random.default_rng(seed)
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        centres = ROOT / "geodata" / "GM0935_buurten.csv"
        city = city_of_municipality(centres, rng, name="Maastricht")
        year = simulate_year(city, year=2023, rng=rng, plan=draw_plan(rng))
        settings = settings.model_copy(
            update={
                "municipality": settings.municipality.model_copy(update={"name": "M", "code": "GM0935"}),
                "privacy": PrivacySettings(reporter_key=SecretStr("a key of benchmarks, never for real")),
                "service": ServiceSettings(requests_per_minute=10**6),
                "database": DatabaseSettings(url=f"sqlite:///{folder}/year.sqlite"),
                "sign_in": SignInSettings(required=False),
                "samples": SamplesSettings(near_share=1.0, wider_share=1.0, min_candidates=3),
            }
        )
        path = Path(folder) / "year.csv"
        write_melddesk(year, path)
        database = Database(settings.database.url)
        database.upgrade()
        with database.writing() as connection:
            fill_with_shipped(connection, settings)
        now = datetime(year.last.year + 1, 1, 2, tzinfo=UTC)
        import_reports(database, settings, path, "melddesk", now=now)
        yield from _told(database, settings, year.first, year.last)
        database.close()


def _told(
    database: Database, settings: Settings, first: date, last: date
) -> Iterator[tuple[dict[str, float], bool]]:
    seen: dict[str, tuple[date, dict[str, Any]]] = {}
    with TestClient(create_app(settings)) as client:
        for as_of in weeks_between(first + timedelta(weeks=13), last):
            run_week(database, settings, as_of=as_of, now=datetime.now(UTC))
            for rank, place in enumerate(client.get("/v1/hotspots?paginaGrootte=500").json()["hotspots"]):
                if place["soort"] == "gebied" and place["nummer"] not in seen:
                    seen[place["nummer"]] = as_of, _features(client, place, rank, as_of)
    with database.reading() as connection:
        drawn = set(connection.execute(select(samples.c.hotspot_id)).scalars())
        drawing = set(connection.execute(select(sample_frames.c.as_of)).scalars())
    for as_of, features in seen.values():
        if as_of not in drawing:
            continue  # what came before any was drawn is known to be none
        yield {name: value for name, value in features.items() if name != "id"}, features["id"] in drawn


def _features(client: TestClient, place: dict[str, Any], rank: int, as_of: date) -> dict[str, Any]:
    """All that is told of a place, as numbers."""
    path = f"/v1/hotspots/{place['nummer']}"
    evidence = client.get(f"{path}/onderbouwing").json()["cijfers"]
    weeks = client.get(f"{path}/weken").json()["weken"]
    page = client.get(f"/hotspots/{place['nummer']}").text
    feature = client.get(path, headers={"Accept": "application/geo+json"}).json()
    ring = feature["geometry"]["coordinates"][0]
    numbers = {
        name: float(value)
        for name, value in place.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    told = {f"evidence {name}": float(value or 0) for name, value in (evidence.get("figures") or {}).items()}
    return {
        "id": place["id"],
        **numbers,
        **told,
        "rank": float(rank),
        "sequence": float(place["nummer"].split("-")[2]),
        "reasons": float(len(place["redenen"])),
        "length of reasons": float(sum(map(len, place["redenen"]))),
        "empty": float(sum(value is None for value in place.values())),
        "keys of evidence": float(len(evidence)),
        "corners": float(len(ring)),
        "weeks": float(len(weeks)),
        "busiest week": float(max((week["aantalMeldingen"] for week in weeks), default=0)),
        "age": float((as_of - date.fromisoformat(place["eersteMelding"])).days),
        "quiet": float((as_of - date.fromisoformat(place["laatsteMelding"])).days),
        "page": float(len(page) // 50),
        "safety": float(place["indicatie"] == "veiligheid"),
        "liveability": float(place["indicatie"] == "leefbaarheid"),
    }


def attack(told: list[tuple[dict[str, float], bool]]) -> dict[str, Any]:
    """How well classifiers tell samples from candidates; 0.5 is chance."""
    names = sorted({name for features, _ in told for name in features})
    table = np.array([[features.get(name, 0.0) for name in names] for features, _ in told])
    is_sample = np.array([answer for _, answer in told])
    counts = {"candidates": int((~is_sample).sum()), "samples": int(is_sample.sum())}
    folds = min(5, *counts.values())
    if folds < 2:
        return counts | {"told": "too few to attack"}
    result: dict[str, Any] = counts
    for name, model in (
        ("logistic regression", make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))),
        ("random forest", RandomForestClassifier(300, random_state=0)),
    ):
        split = StratifiedKFold(folds, shuffle=True, random_state=0)
        chances = cross_val_predict(model, table, is_sample, cv=split, method="predict_proba")[:, 1]
        area = float(roc_auc_score(is_sample, chances))
        rng = np.random.default_rng(0)
        by_chance = [roc_auc_score(rng.permutation(is_sample), chances) for _ in range(1000)]
        result[name] = {
            "auc": round(area, 3),
            "of chance, 95 %": [round(float(edge), 3) for edge in np.quantile(by_chance, [0.025, 0.975])],
        }
    alone = zip(names, table.T, strict=True)
    best = sorted(
        ((abs(roc_auc_score(is_sample, column) - 0.5), name) for name, column in alone), reverse=True
    )
    result["telling most by itself"] = [[name, round(0.5 + gap, 3)] for gap, name in best[:5]]
    return result


if __name__ == "__main__":
    main()
