"""How long it takes to place the labels of a picture, and how many of the names have room.

``make bench BENCH=labels`` (``--numbers 16 40 100``): hotspots spread over the map, in a dense centre, and
all in one street; names first, then numbers for those without room. Aim: 100 labels well under a second.
"""

import argparse

import numpy as np

from hotspots.publishing.pictures.placement import Sheet
from tests.benchmarks.measuring import Stopwatch

FRAME = (0.0, 0.0, 1400.0, 1190.0)
REACH, GAP, NAME_REACH = 12.5, 3.3, 224.0
SPREADS = {"over the map": 0.4, "a dense centre": 0.08, "one street": 0.02}


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, nargs="+", default=[16, 40, 100])
    for number in parser.parse_args().numbers:
        for words, spread in SPREADS.items():
            drawn = np.random.default_rng(1)
            middle, size = np.array(FRAME[2:]) / 2, np.array(FRAME[2:])
            at = np.clip(drawn.normal(middle, spread * size, (number, 2)), 20, size - 20)
            sizes = np.column_stack([drawn.uniform(120, 260, number), np.full(number, 34.0)])
            watch = Stopwatch()
            sheet = Sheet(FRAME, at, reach=REACH, gap=GAP)
            named = sheet.place(at, sizes, furthest=NAME_REACH)
            left = [order for order, each in enumerate(named) if each is None]
            numbered = sheet.place(
                at[left], np.full((len(left), 2), (36.0, 32.0)), furthest=FRAME[2], is_last=True
            )
            print(
                f"{number:>4} {words:<15} {watch.processor_s * 1000:>5.0f} ms; {number - len(left)} names, "
                f"{sum(each is not None for each in numbered)} numbers, "
                f"{sum(each is None for each in numbered)} in the list only"
            )


if __name__ == "__main__":
    main()
