"""The subcommands of `hotspots`, one module per group; each gives `register(app)`."""
