import pytest
from sqlalchemy import create_engine

from hotspots.store.schema_versions import alembic_config, known_schemas, upgrade_schema
from tests.made_schemas import MIGRATE, make_again, objects_of, read_made


@pytest.mark.parametrize("version", [known_schemas()[len(known_schemas()) // 2], known_schemas()[-1]])
def test_a_schema_that_is_made_again_is_the_one_that_the_migrations_make(version: str) -> None:
    engine, other, third = (create_engine("sqlite://") for _ in range(3))
    with engine.begin() as connection, other.begin() as again, third.begin() as as_in_tests:
        MIGRATE(alembic_config(connection), version)
        made = read_made(connection)
        make_again(again, made)
        upgrade_schema(as_in_tests, version)
        for each in (again, as_in_tests):
            assert objects_of(each) == objects_of(connection)
            assert read_made(each) == made
    assert made.rows["alembic_version"] == [(version,)]
