"""What people do with a hotspot: verdicts, decisions, measures, tasks, and what they learn from it."""
