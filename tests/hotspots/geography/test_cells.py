"""Cells count and map; what matters is that no report is lost between them."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspots.geography.cells import cell_polygon, cells_of

MARKET = (5.6915, 50.8492)
LON = st.floats(5.6, 5.8)
LAT = st.floats(50.8, 50.9)


def test_a_cell_fits_in_a_signed_big_integer_of_a_database() -> None:
    (cell,) = cells_of([MARKET[0]], [MARKET[1]], resolution=10).tolist()
    assert cell == 622053137720836095
    assert cell < 2**63


def test_without_reports_there_are_no_cells() -> None:
    cells = cells_of([], [], resolution=10)
    assert cells.dtype == np.int64
    assert len(cells) == 0


@given(LON, LAT)
def test_a_point_lies_in_the_hexagon_of_its_cell(lon: float, lat: float) -> None:
    (cell,) = cells_of([lon], [lat], resolution=10).tolist()
    # the edges of a cell are arcs on the globe, its hexagon has straight ones: a centimetre of play
    assert cell_polygon(cell).buffer(1e-7).contains(shapely.Point(lon, lat))
    assert len(cell_polygon(cell).exterior.coords) == 7
