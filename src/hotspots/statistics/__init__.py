"""Statistics beside the detection: Gi*, near repeats, alarms, monthly figures, displacement."""
