"""From an address as people write it to a point with its precision."""
