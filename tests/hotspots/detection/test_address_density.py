"""How many addresses lie near a place, and how many places fit where there are any."""

import numpy as np

from hotspots.detection.address_density import AddressDensity, count_tiles


def test_independent_looks_are_squares_with_something_in_them() -> None:
    spots = np.array([[0.0, 0], [79, 0], [80, 0], [80, 79], [80, 80], [-1, 0]])
    assert count_tiles(spots, 40.0) == 4
    assert count_tiles(np.zeros((0, 2)), 40.0) == 1


def test_looks_are_those_of_the_addresses_whatever_their_order() -> None:
    addresses = np.random.default_rng(1).uniform(0, 500, (200, 2))
    index, turned = AddressDensity.of(addresses), AddressDensity.of(addresses[::-1])
    assert index.looks(50.0) == index.looks(50.0) == turned.looks(50.0) == count_tiles(addresses, 50.0)


def test_without_a_register_there_is_no_address() -> None:
    nothing = AddressDensity.of(np.zeros((0, 2)))
    assert len(nothing) == 0
    assert nothing.count(np.zeros((2, 2)), 100.0).tolist() == [0, 0]
