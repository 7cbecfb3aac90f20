"""How well detection works: simulated years with a known truth, scores, and other methods side by side."""
