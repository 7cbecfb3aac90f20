"""What is removed after its period, and what a person asks about themselves."""
