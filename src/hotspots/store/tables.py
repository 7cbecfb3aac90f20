"""The whole schema: every module of tables, which together fill one metadata."""

from hotspots.store import (
    attention_tables,
    case_tables,
    event_tables,
    figure_tables,
    operation_tables,
    place_tables,
    report_tables,
    run_tables,
)
from hotspots.store.schema import metadata

__all__ = [
    "attention_tables",
    "case_tables",
    "event_tables",
    "figure_tables",
    "metadata",
    "operation_tables",
    "place_tables",
    "report_tables",
    "run_tables",
]
