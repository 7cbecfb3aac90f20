"""From located reports to candidate hotspots: clustering, rules, false alarms, concentration, reasons."""
