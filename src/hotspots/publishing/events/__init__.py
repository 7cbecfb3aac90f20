"""What other systems are told: events, made from the history and the runs, and sent to who subscribed."""
