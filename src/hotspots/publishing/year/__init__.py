"""The account of a period: what was reported, found, decided and done; on a page and in files."""
