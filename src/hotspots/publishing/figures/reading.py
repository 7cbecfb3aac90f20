"""Reads the figures of a place and year, as far as their reader may know."""

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.publishing.figures.choice import Choice, find_scope
from hotspots.publishing.figures.exact import read_exact_figures
from hotspots.publishing.figures.of_year import Figures
from hotspots.publishing.figures.told import read_told_figures
from hotspots.settings import Settings


def read_figures_of(
    connection: Connection, settings: Settings, visibility: Visibility, choice: Choice
) -> Figures:
    """Read the figures of a choice for a reader.

    Raises
    ------
    ChoiceError
        If there is no such gebied, buurt or year.
    ForbiddenError
        If it lies where the reader may know of no place.
    """
    scope = find_scope(connection, settings, visibility, choice)
    if scope.is_empty:
        return Figures(scope)
    read = read_exact_figures if scope.is_exact else read_told_figures
    return read(connection, settings, scope)
