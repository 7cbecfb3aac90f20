"""The database: one schema on SQLite and PostgreSQL, and the reading and writing of each kind of row."""
