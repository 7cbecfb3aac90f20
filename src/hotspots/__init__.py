"""Finds places with repeated, lasting nuisance in a municipality's reports, and follows them over time.

This package is a plain library: tables in, tables out. It knows no web framework, no scheduler and no map
drawing; `api` and `jobs` stand on it and share the database.
"""

__version__: str


def __getattr__(name: str) -> str:
    """The version is looked up when it is asked for, which takes as long as starting to read a file."""
    if name == "__version__":
        from importlib.metadata import version

        return version("hotspots")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
