"""The schema: every table of the database; those of what people do stand in `case_tables`."""

from hotspots.store.operation_tables import (
    facts,
    job_alerts,
    job_runs,
    processing_log,
)
from hotspots.store.place_tables import (
    addresses,
    areas,
    geocoding_cache,
    location_fixes,
)
from hotspots.store.report_tables import (
    erased_reports,
    imports,
    rejects,
    removed_report_days,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)
from hotspots.store.run_tables import (
    detection_reports,
    detections,
    embeds,
    hotspot_lineage,
    hotspot_states,
    hotspots,
    public_figures,
    removed_hotspot_weeks,
    rule_previews,
    runs,
)
from hotspots.store.schema import Id, UtcDateTime, metadata

__all__ = [
    "Id",
    "UtcDateTime",
    "addresses",
    "areas",
    "detection_reports",
    "detections",
    "embeds",
    "erased_reports",
    "facts",
    "geocoding_cache",
    "hotspot_lineage",
    "hotspot_states",
    "hotspots",
    "imports",
    "job_alerts",
    "job_runs",
    "location_fixes",
    "metadata",
    "processing_log",
    "public_figures",
    "rejects",
    "removed_hotspot_weeks",
    "removed_report_days",
    "report_locations",
    "report_texts",
    "report_versions",
    "reporters",
    "reports",
    "rule_previews",
    "runs",
]
