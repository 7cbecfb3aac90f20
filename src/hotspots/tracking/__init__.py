"""Following hotspots from week to week: identity, lineage, the hotspot itself."""
