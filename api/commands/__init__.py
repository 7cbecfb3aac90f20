"""The subcommands of the service, one module each; each gives `register(app)`."""
