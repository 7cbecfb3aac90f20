"""Who may do what: accounts, roles and rights, sign-in, signed links, and who read what."""
