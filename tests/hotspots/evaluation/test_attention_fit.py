"""Fitting the attention model: the weights that made the data, shares that rise, and too little data."""

import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from hotspots.detection.attention import FEATURES
from hotspots.detection.attention_model import model_of
from hotspots.errors import StatisticError
from hotspots.evaluation.attention_fit import fit, fitted_model
from hotspots.evaluation.attention_study import AttentionYear, summarise_attention
from hotspots.evaluation.study import cases

CASE = cases("base", 1, seed=1)[0]


def year(seed: int, *, weight: float = 1.5) -> AttentionYear:
    """A year of 300 places, of which the chance depends on the excess alone."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(300, len(FEATURES))), columns=list(FEATURES))
    chance = expit(weight * table["excess"] - 1)
    table = table.assign(
        week=0,
        candidate="0",
        chance=chance,
        share=chance,
        is_shown=chance > 0.3,
        became=rng.random(300) < chance,
    )
    table["became"] = rng.random(300) < chance
    hotspots = pd.DataFrame({"week": [3, 4], "shown_weeks_before": [2, 0]})
    return AttentionYear(CASE, 10, table, hotspots)


def test_the_weight_that_made_the_data_is_found_and_none_against_its_sense() -> None:
    years = [year(seed, weight=-1.5) for seed in range(5)]
    x = pd.concat([one.candidates for one in years])[list(FEATURES)].to_numpy()
    y = pd.concat([one.candidates for one in years])["became"].to_numpy(dtype=np.float64)
    assert fit(x, y)[1][FEATURES.index("excess")] == 0
    x = x * np.where(np.array(FEATURES) == "excess", -1, 1)
    assert fit(x, y)[1][FEATURES.index("excess")] == pytest.approx(1.5, abs=0.2)


def test_the_file_of_a_fit_is_a_model_with_where_it_comes_from() -> None:
    text = fitted_model([year(seed) for seed in range(5)], "made up\nfor a test")
    model = model_of(tomllib.loads(text))
    assert text.startswith("# made up\n# for a test\n# 5 years, 1500 places")
    assert sum(share.looked_at for share in model.shares) == 1500
    assert [share.share for share in model.shares] == sorted(share.share for share in model.shares)


def test_too_few_years_are_refused() -> None:
    with pytest.raises(StatisticError, match="found 4 years"):
        fitted_model([year(seed) for seed in range(4)], "")
    never = year(1)
    with pytest.raises(StatisticError, match="do more years"):
        fitted_model([replace(never, candidates=never.candidates.assign(became=False))] * 5, "")


def test_years_are_summarised_by_what_was_shown_and_what_became_of_it() -> None:
    summary = summarise_attention([year(1), year(2)])
    assert summary["shownPerWeek"] == summary["shown"] / 20
    assert (summary["hotspots"], summary["shownBefore"], summary["shownBeforeShare"]) == (4, 2, 0.5)
    assert sum(row["shown"] for row in summary["tenths"].values()) == summary["shown"]
    assert summary["largestGap"] < 0.2
