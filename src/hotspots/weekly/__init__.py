"""One weekly run, the replay of past weeks, and the preview of other rules."""
