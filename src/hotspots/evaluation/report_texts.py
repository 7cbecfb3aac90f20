"""Texts of simulated reports: Dutch sentences from the lists of `words.toml`, with typos."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

Words = Mapping[str, Mapping[str, Sequence[str]]]

SAFETY_THEMES = ("dealen", "intimidatie", "geweld", "vernieling")
LIVEABILITY_THEMES = ("voetbal", "muziek", "hangen", "afval")


@cache
def words() -> Words:
    """All word lists of the simulator, by kind and name."""
    text = files("hotspots.evaluation").joinpath("words.toml").read_text(encoding="utf-8")
    tables: Words = tomllib.loads(text)
    return tables


def write_text(theme: str, rng: np.random.Generator) -> str:
    """Write the text of one report on a theme.

    Parameters
    ----------
    theme
        Name of a list in ``[themes]`` of `words.toml`.
    """
    text = _pick(words()["themes"][theme], rng)
    for name, choices in words()["slots"].items():
        text = text.replace("{" + name + "}", _pick(choices, rng))
    text = " ".join(text.split())
    text = text[0].upper() + text[1:]
    if rng.random() < 0.25:
        text = _with_slip(text, rng)
    if rng.random() < 0.1:
        text = text.upper() if rng.random() < 0.3 else text.lower()
    return text


def _pick(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _with_slip(text: str, rng: np.random.Generator) -> str:
    """The text with two letters swapped, one lost, or one doubled."""
    at = int(rng.integers(1, max(len(text) - 2, 2)))
    slip = int(rng.integers(3))
    if slip == 0:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    if slip == 1:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at : at + 1] + text[at:]
