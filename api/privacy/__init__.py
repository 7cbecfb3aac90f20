"""The desk of the privacy officer, below `/privacy`."""
