"""From an address as people write it to a point, with how precise that point is."""
