"""Where people live: addresses, and the cells they lie in."""

import numpy as np

from hotspots.detection.exposure import Exposure, study_cells_of
from hotspots.geography.cells import cells_of
from hotspots.settings import Settings

RNG = np.random.default_rng(3)
TOWN = (5.6915 + RNG.uniform(-0.03, 0.03, 3000), 50.8492 + RNG.uniform(-0.02, 0.02, 3000))


def test_the_cells_of_a_register_are_each_given_once() -> None:
    cells = study_cells_of(*TOWN, 10)
    every = {*cells_of(*TOWN, resolution=10).tolist()}
    assert set(cells.tolist()) <= every
    assert len(cells) == len(set(cells.tolist())) >= 0.98 * len(every)


def test_without_a_register_nobody_lives_anywhere() -> None:
    nothing = Exposure.of(np.zeros(0), np.zeros(0), Settings())
    assert len(nothing.addresses) == len(nothing.study_cells) == 0
