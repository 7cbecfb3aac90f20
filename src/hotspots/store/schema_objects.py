"""What a database is made of, held against what the migrations of its version make.

Triggers that guard the history, checks, indexes, views: who changed one of them can make a database tell
something else than was written. So every difference is told, on both kinds of database.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache

from sqlalchemy import Connection, text

from hotspots.store.database import Database
from hotspots.store.schema_versions import known_schemas, schema_of, upgrade_schema

Objects = Mapping[tuple[str, str], str]
"""By kind and name: how it is made."""

_OF_SQLITE = {("table", "sqlite_sequence"), ("table", "sqlite_stat1"), ("table", "sqlite_stat4")}
"""What SQLite itself adds."""


def differences(connection: Connection) -> list[str]:
    """What is otherwise than the migrations of the database's own version make it, one line each, by name."""
    version = schema_of(connection)
    if version not in known_schemas():
        return [f"the schema is '{version}', which this version does not know"]
    if connection.dialect.name == "sqlite":
        return list(_told(_made_on_sqlite(str(version)), _on_sqlite(connection), is_ours_alone=True))
    return [*_shadows(connection), *_of_postgresql(connection, str(version))]


def _told(wanted: Objects, found: Objects, *, is_ours_alone: bool) -> Iterator[str]:
    for kind, name in sorted(wanted.keys() | found.keys()):
        if (kind, name) not in found:
            yield f"{kind} {name} is missing"
        elif (kind, name) not in wanted:
            if is_ours_alone or kind != "table":
                yield f"{kind} {name} is not of this software"
        elif wanted[kind, name] != found[kind, name]:
            yield f"{kind} {name} is made otherwise"


def _on_sqlite(connection: Connection) -> Objects:
    rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master").all()
    return {
        (row.type, row.name): f"{row.tbl_name}: {_spaced(row.sql or '')}"
        for row in rows
        if (row.type, row.name) not in _OF_SQLITE
    }


@cache
def _made_on_sqlite(version: str) -> Objects:
    with closing(Database("sqlite://")) as database, database.connected() as connection:
        upgrade_schema(connection, version)
        return _on_sqlite(connection)


def _spaced(sql: str) -> str:
    """SQL with single blanks, but as it is within quotes."""
    parts = re.split(r"('(?:[^']|'')*')", sql)
    return "".join(part if part.startswith("'") else re.sub(r"\s+", " ", part) for part in parts).strip()


def _shadows(connection: Connection) -> Iterator[str]:
    """Tables that another schema hides: a name without a schema means the first one on the path."""
    query = text(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = "
        "(SELECT relnamespace FROM pg_class WHERE oid = to_regclass('alembic_version')) "
        "AND to_regclass(quote_ident(c.relname)) <> c.oid ORDER BY c.relname"
    )
    for name in connection.execute(query).scalars():
        yield f"table {name} is hidden by one of another schema"


def _of_postgresql(connection: Connection, version: str) -> list[str]:
    """Compare with a schema that is made for it, in a transaction of which nothing stays."""
    own = connection.execute(
        text(
            "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass('alembic_version')"
        )
    ).scalar_one()
    may = connection.execute(text("SELECT has_database_privilege(current_database(), 'CREATE')"))
    if not may.scalar():
        problem = (
            "how the tables are made can't be compared: the account of the database may make no schema "
            "(GRANT CREATE ON DATABASE … TO …); none stays"
        )
        return [problem]
    wanted = _made_on_postgresql(connection, version)
    with connection.begin_nested() as inner:
        connection.execute(text(f"SET LOCAL search_path = {own}"))
        found = _on_postgresql(connection, own)
        inner.rollback()
    ours = {name for kind, name in wanted if kind == "table"}
    of_ours = {key: made for key, made in found.items() if key[1].partition(".")[0] in ours}
    return list(_told(wanted, of_ours, is_ours_alone=False))


_KNOWN: dict[tuple[str, str], Objects] = {}
"""What the migrations make, by version of the schema and of the server."""


def _made_on_postgresql(connection: Connection, version: str) -> Objects:
    server = str(connection.execute(text("SHOW server_version")).scalar_one())
    if (server, version) in _KNOWN:
        return _KNOWN[server, version]
    scratch = f"hotspots_wanted_{secrets.token_hex(6)}"
    with connection.begin_nested() as inner:
        connection.execute(text(f"CREATE SCHEMA {scratch}"))
        connection.execute(text(f"SET LOCAL search_path = {scratch}"))
        upgrade_schema(connection, version)
        _KNOWN[server, version] = _on_postgresql(connection, scratch)
        inner.rollback()
    return _KNOWN[server, version]


_OBJECTS = {
    "table": (
        "SELECT c.relname AS name, concat_ws(' ', c.relkind, c.relrowsecurity, c.relpersistence, "
        "(SELECT count(*) FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)), "
        "c.relowner = (SELECT o.relowner FROM pg_class o WHERE o.relnamespace = c.relnamespace "
        "AND o.relname = 'alembic_version'), (SELECT count(*) FROM aclexplode(c.relacl) a "
        "WHERE a.grantee = 0)) AS made FROM pg_class c WHERE c.relnamespace = CAST(:own AS regnamespace) "
        "AND c.relkind IN ('r', 'v', 'm', 'f', 'p')"
    ),
    "column": (
        "SELECT c.relname || '.' || a.attname AS name, concat_ws(' ', format_type(a.atttypid, a.atttypmod), "
        "a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)) AS made "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        "WHERE c.relnamespace = CAST(:own AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0 "
        "AND NOT a.attisdropped"
    ),
    "constraint": (
        "SELECT c.relname || '.' || k.conname AS name, concat_ws(' ', pg_get_constraintdef(k.oid), "
        "k.convalidated) AS made FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "WHERE c.relnamespace = CAST(:own AS regnamespace)"
    ),
    "index": (
        "SELECT c.relname || '.' || i.relname AS name, concat_ws(' ', pg_get_indexdef(i.oid), x.indisvalid) "
        "AS made FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
        "JOIN pg_class c ON c.oid = x.indrelid "
        "WHERE c.relnamespace = CAST(:own AS regnamespace)"
    ),
    "trigger": (
        "SELECT c.relname || '.' || t.tgname AS name, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, "
        "p.prosrc, p.prosecdef, p.proconfig::text) AS made FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE c.relnamespace = CAST(:own AS regnamespace) AND NOT t.tgisinternal"
    ),
    "switched-off trigger": (
        "SELECT DISTINCT c.relname AS name, t.tgenabled::text AS made FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = CAST(:own AS regnamespace) "
        "AND t.tgisinternal AND t.tgenabled = 'D'"
    ),
    "rule": (
        "SELECT c.relname || '.' || r.rulename AS name, pg_get_ruledef(r.oid) AS made FROM pg_rewrite r "
        "JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = CAST(:own AS regnamespace)"
    ),
    "policy": (
        "SELECT c.relname || '.' || p.polname AS name, p.polcmd::text AS made FROM pg_policy p "
        "JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = CAST(:own AS regnamespace)"
    ),
}


def _on_postgresql(connection: Connection, own: str) -> Objects:
    return {
        (kind, row.name): str(row.made).replace(f"{own}.", "")
        for kind, query in _OBJECTS.items()
        for row in connection.execute(text(query), {"own": own})
    }
