"""The course of each street, drawn from the points of its addresses alone."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy  # its parts are loaded where they are used: most commands draw no streets
import shapely
from numpy.typing import NDArray

from hotspots.geography.projection import WGS84, Projection
from hotspots.store.background import Kind

CELL_M = 20.0
"""Addresses of a street that lie this close are one point of its course."""

GAP_M = 100.0
"""A street goes on over a gap in its addresses of at most this."""

BRANCH_M = 60.0
"""Shortest side branch that is drawn."""

PRECISION_M = 3.0

SMOOTHINGS = 4
"""How often a line is smoothed: so that it doesn't swing from one side of the street to the other."""

_NEIGHBOURS = 6
_APART = 1e6
"""Metres, in a third direction, between streets: so no street is joined with another."""

Floats = NDArray[np.float64]
Ints = NDArray[Any]


def street_lines(addresses: pd.DataFrame, projection: Projection) -> gpd.GeoDataFrame:
    """Draw the streets of a register.

    The points of a street are joined by their minimum spanning tree. The longest path through it is the
    street, what branches off for 60 m or more a part of it. A street of one point is a point.

    Parameters
    ----------
    addresses
        Columns street, town (texts), lon, lat (degrees WGS 84), in any order.

    Returns
    -------
    GeoDataFrame
        As :func:`hotspots.store.background.replace_background` takes them: kind, name, size_m and geometry
        (lines, or points; EPSG:4326), sorted by name.
    """
    points = _points(addresses, projection)
    if points.empty:
        return gpd.GeoDataFrame({"kind": [], "name": [], "size_m": []}, geometry=[], crs=WGS84)
    spots = points[["x", "y"]].to_numpy()
    tree = _spanning_trees(spots, points["street"].to_numpy())
    paths = _longest_paths(tree)
    on_a_path = np.zeros(len(spots), dtype=bool)
    for path in paths:
        on_a_path[path] = True
    rest = np.flatnonzero(~on_a_path)
    branches = [rest[path] for path in _longest_paths(tree[rest][:, rest])] if len(rest) else []
    paths += [path for path in branches if _length(spots[path]) >= BRANCH_M]
    shapes = shapely.simplify(np.array([_line(spots[path]) for path in paths]), PRECISION_M)
    west, south, east, north = shapely.bounds(shapes).T
    frame = gpd.GeoDataFrame(
        {
            "kind": Kind.STREET,
            "name": points["name"].iloc[[path[0] for path in paths]].to_numpy(),
            "size_m": np.maximum(east - west, north - south),
        },
        geometry=projection.geometries_to_degrees(shapes),
        crs=WGS84,
    )
    order = np.lexsort((shapely.to_wkb(frame.geometry.to_numpy()), frame["name"].to_numpy(dtype=str)))
    return frame.iloc[order].reset_index(drop=True)


def _points(addresses: pd.DataFrame, projection: Projection) -> pd.DataFrame:
    """A point per street and square of 20 m: street (number), name, x, y."""
    x, y = projection.to_metres(addresses["lon"], addresses["lat"])
    table = pd.DataFrame(
        {
            "name": addresses["street"].to_numpy(),
            "town": addresses["town"].to_numpy(),
            "column": np.floor(x / CELL_M),
            "row": np.floor(y / CELL_M),
            "x": x,
            "y": y,
        }
    )
    table = table[np.isfinite(x) & np.isfinite(y) & (table["name"] != "")]
    table = table.sort_values(["name", "town", "x", "y"], ignore_index=True)
    table["street"] = table.groupby(["name", "town"], sort=True).ngroup()
    squares = table.groupby(["street", "column", "row"], as_index=False)
    return squares.agg(name=("name", "first"), x=("x", "mean"), y=("y", "mean"))


def _spanning_trees(spots: Floats, streets: Ints) -> Any:
    """The minimum spanning trees of the points of each street, over gaps of at most 100 m; symmetric."""
    apart = np.column_stack([spots, streets * _APART])
    distance: Any
    near: Any
    distance, near = scipy.spatial.cKDTree(apart).query(apart, k=_NEIGHBOURS + 1, distance_upper_bound=GAP_M)
    start = np.repeat(np.arange(len(spots)), _NEIGHBOURS)
    end, length = near[:, 1:].ravel(), distance[:, 1:].ravel()
    is_near = np.isfinite(length) & (length > 0)
    graph = scipy.sparse.coo_matrix(
        (length[is_near], (start[is_near], end[is_near])), shape=(len(spots), len(spots))
    ).tocsr()
    tree = scipy.sparse.csgraph.minimum_spanning_tree(graph.maximum(graph.T))
    return tree + tree.T


def _longest_paths(tree: Any) -> list[Ints]:
    """The longest path through each tree, as numbers of points; of a single point the point."""
    count, part = scipy.sparse.csgraph.connected_components(tree, directed=False)
    first = np.full(count, -1)
    first[part[::-1]] = np.arange(len(part))[::-1]
    ends, _ = _farthest(tree, part, first)
    others, before = _farthest(tree, part, ends)
    paths = []
    for end in others.tolist():
        path = [end]
        while before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        paths.append(np.array(path))
    return paths


def _farthest(tree: Any, part: Ints, sources: Ints) -> tuple[Ints, Ints]:
    """The point farthest from the source in each tree, and the point before each on the way there."""
    distance, before, _ = scipy.sparse.csgraph.dijkstra(
        tree, directed=False, indices=sources, min_only=True, return_predecessors=True
    )
    order = np.lexsort((distance, part))
    last = np.append(np.flatnonzero(np.diff(part[order])), len(order) - 1)
    return order[last], before


def _length(spots: Floats) -> float:
    return float(np.hypot(*np.diff(spots, axis=0).T).sum())


def _line(spots: Floats) -> Any:
    """A line between the two sides of the street: each point is averaged with its neighbours."""
    if len(spots) == 1:
        return shapely.Point(spots[0])
    for _ in range(SMOOTHINGS):
        spots = np.vstack([spots[:1], (spots[:-2] + 2 * spots[1:-1] + spots[2:]) / 4, spots[-1:]])
    return shapely.LineString(spots)
