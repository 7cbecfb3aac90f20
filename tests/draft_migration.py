"""Draft a migration from the difference between the schema in code and the latest migration.

``make migration MESSAGE="what changes"``; read the draft before you commit it.
"""

import sys
import tempfile
from pathlib import Path

import alembic.command

from hotspots.store.database import Database
from hotspots.store.schema_versions import alembic_config

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'draft.sqlite'}")
        database.upgrade()
        with database.engine.connect() as connection:
            config = alembic_config(connection)
            versions = Path(config.get_main_option("script_location") or "") / "versions"
            revision = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
            alembic.command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=revision)
        database.close()
