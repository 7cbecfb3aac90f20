"""Labels on a map: none on another, on a sign, on a line or outside the frame, however many there are."""

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from hotspots.publishing.pictures.placement import Placed, Sheet

FRAME = (0.0, 0.0, 1400.0, 900.0)
REACH, GAP = 12.0, 3.0
NUMBERS = [1, 7, 16, 40, 100]


def signs(number: int, *, spread: float, seed: int = 3) -> NDArray[np.float64]:
    """Centres around the middle of the frame; those outside are drawn in."""
    drawn = np.random.default_rng(seed).normal((700, 450), spread * np.array([500, 300]), (number, 2))
    return np.clip(drawn, (15, 15), (1385, 885))


def sizes(number: int) -> NDArray[np.float64]:
    return np.column_stack([np.random.default_rng(1).uniform(60, 320, number), np.full(number, 26.0)])


def wrong(placed: list[Placed | None], at: NDArray[np.float64]) -> list[str]:
    """What is wrong, told by shapely rather than by how they were placed."""
    known = [each for each in placed if each is not None]
    boxes = [shapely.box(*each.box) for each in known]
    marks = [shapely.box(x - REACH, y - REACH, x + REACH, y + REACH) for x, y in at]
    lines = [shapely.LineString(each.leader) for each in known if each.leader and not each.passes]
    found = [
        f"outside: {each.box}"
        for each, box in zip(known, boxes, strict=True)
        if not shapely.box(*FRAME).covers(box)
    ]
    for order, box in enumerate(boxes):
        found += [f"on a label: {box}" for other in boxes[:order] if box.intersection(other).area > 1e-6]
        found += [f"on a sign: {box}" for mark in marks if box.intersection(mark).area > 1e-6]
        found += [f"on a line: {box}" for line in lines if box.intersection(line).length > 1e-6]
    return found


@pytest.mark.parametrize("spread", [1.0, 0.2, 0.04], ids=["spread out", "a dense centre", "one street"])
@pytest.mark.parametrize("number", NUMBERS)
def test_no_label_lies_on_another_on_a_sign_on_a_line_or_outside(number: int, spread: float) -> None:
    at = signs(number, spread=spread)
    sheet = Sheet(FRAME, at, reach=REACH, gap=GAP)
    named = sheet.place(at, sizes(number), furthest=250)
    left = [order for order, each in enumerate(named) if each is None]
    numbered = sheet.place(at[left], np.full((len(left), 2), (30.0, 24.0)), furthest=1400, is_last=True)
    assert not wrong([*named, *numbered], at)
    assert all(each is not None for each in numbered)


def test_every_label_stands_close_to_its_sign_where_there_is_room() -> None:
    at = np.array([(x, y) for x in (200, 600, 1000) for y in (100, 400, 700)], dtype=float)
    placed = Sheet(FRAME, at, reach=REACH, gap=GAP).place(at, sizes(9), furthest=250)
    assert all(each is not None and each.leader is None for each in placed)


def test_a_label_leaves_room_to_those_that_come_after_it() -> None:
    """Beside its sign to the right the first would take the only place of the second, at the right edge."""
    at = np.array([(1100.0, 450.0), (1385.0, 450.0)])
    placed = Sheet(FRAME, at, reach=REACH, gap=GAP).place(at, np.full((2, 2), (240.0, 26.0)))
    assert all(each is not None for each in placed)
    assert not wrong(placed, at)


def test_a_label_does_not_stand_beside_the_sign_of_another() -> None:
    at = np.array([(700.0, 450.0), (840.0, 450.0)])  # to the right it would end at the other
    placed = Sheet(FRAME, at, reach=REACH, gap=GAP).place(at, np.full((2, 2), (100.0, 26.0)))
    assert placed[0] is not None
    assert placed[0].box[2] < 700


def test_a_label_that_fits_nowhere_is_not_placed() -> None:
    at = np.array([(700.0, 450.0)])
    assert Sheet(FRAME, at, reach=REACH, gap=GAP).place(at, np.array([(1500.0, 26.0)]), furthest=900) == [
        None
    ]


def test_what_is_taken_stays_free_of_labels() -> None:
    at = np.array([(60.0, 60.0)])
    taken = np.array([(0.0, 0.0, 300.0, 40.0), (130.0, 0.0, 1400.0, 900.0)])
    sheet = Sheet(FRAME, at, reach=REACH, gap=GAP, taken=taken)
    (placed,) = sheet.place(at, np.array([(50.0, 26.0)]))
    assert placed is not None
    assert not any(shapely.box(*placed.box).intersects(shapely.box(*box)) for box in taken)


def test_the_same_labels_stand_in_the_same_place() -> None:
    at = signs(40, spread=0.2)
    one, other = (Sheet(FRAME, at, reach=REACH, gap=GAP).place(at, sizes(40), furthest=250) for _ in range(2))
    assert one == other


def test_the_name_of_an_area_stands_on_its_middle_if_it_may() -> None:
    at = np.array([(700.0, 450.0)])
    sheet = Sheet(FRAME, np.zeros((0, 2)), reach=REACH, gap=GAP)
    (placed,) = sheet.place(at, np.array([(100.0, 26.0)]), over=True)
    assert placed is not None
    assert placed.box == (650.0, 437.0, 750.0, 463.0)
    (other,) = sheet.place(at, np.array([(100.0, 26.0)]), over=True, suits=lambda _, boxes: boxes[:, 1] > 700)
    assert other is None
