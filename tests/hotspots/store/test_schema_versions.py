"""Which versions of the schema this software knows."""

from alembic.script import ScriptDirectory

from hotspots.store.database import Database
from hotspots.store.schema_versions import alembic_config, known_schemas


def test_the_known_schemas_are_those_of_the_migrations_in_their_order() -> None:
    database = Database("sqlite://")
    with database.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    database.close()
    assert known_schemas() == [script.revision for script in scripts.walk_revisions()][::-1]
    assert known_schemas()[-1] == scripts.get_current_head()
