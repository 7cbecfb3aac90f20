"""Finds places with repeated, lasting nuisance in a municipality's reports, and follows them over time.

This package is a plain library: tables in, tables out. It knows no web framework, no scheduler and no map
drawing; `api` and `jobs` stand on it and share the database.
"""

from importlib.metadata import version

__version__ = version("hotspots")
