"""Stored reporters brought to what is known of who they are: earlier spellings of one, and of nobody.

Until a number or address had one spelling, each spelling was a reporter of its own. Of a hash nobody can tell
what it was, but whether it is that of a given spelling: so a reporter is brought up as soon as one of their
spellings, or a usual one of their number or address, comes by.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from hotspots.intake.reporter_identity import WrittenReporters
from hotspots.intake.reporter_key import ReporterKey
from hotspots.store.batches import in_batches, is_among
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.report_tables import import_before, report_versions, reporters, reports

TOGETHER = "melder die eerder in een andere schrijfwijze bekend was: nu één en dezelfde"
ONE_SPELLING = "reporters were always hashed from one spelling"
"""Name of the fact that no reporter is stored by the former rule: there is nothing to bring together."""

FORGOTTEN = "eerder ingelezen melder die niemand aanwijst: nu onbekend"


class StoredReporters:
    """The reporters of a database.

    Parameters
    ----------
    who
        Says who is meant by what is written.
    """

    def __init__(self, connection: Connection, key: ReporterKey, who: WrittenReporters) -> None:
        self._connection, self._key, self._who = connection, key, who
        self._done: set[tuple[str, str]] = set()
        self._is_by_this_rule = read_fact(connection, ONE_SPELLING) is not None
        if not self._is_by_this_rule and connection.execute(select(reporters.c.id).limit(1)).first() is None:
            write_fact(connection, ONE_SPELLING, "yes")
            self._is_by_this_rule = True

    def forget_nobody(self) -> Counter[str]:
        """Make unknown the reporters that were hashed from a word for nobody."""
        return self._bring_up(dict.fromkeys(self._who.written_for_nobody, ""))

    def bring_together(self, pairs: Iterable[tuple[str, str]]) -> Counter[str]:
        """Make one reporter of the spellings of each.

        Parameters
        ----------
        pairs
            As written, and in the one spelling; that is empty for nobody.

        Returns
        -------
        Counter
            What is to be told, in Dutch.
        """
        if self._is_by_this_rule:
            return Counter()
        fresh = set(pairs) - self._done
        self._done |= fresh
        meant = {written: plain for written, plain in fresh if written}
        present = self._ids([self._hash(plain) for plain in meant.values()])
        for plain in set(meant.values()):
            if self._hash(plain) not in present:
                meant |= dict.fromkeys(self._who.spellings(plain), plain)
        return self._bring_up(meant)

    def id_of(self, written: str) -> int | None:
        """The number of a reporter, in whatever spelling; None if none is stored."""
        plain = self._who.read([written], Counter()) or written
        self.bring_together([(written, plain)])
        return self._ids([self._hash(plain)]).get(self._hash(plain))

    def _bring_up(self, meant: dict[str, str]) -> Counter[str]:
        """Move the reporters of these spellings to whom is meant by them."""
        targets = {self._hash(written): self._hash(plain) for written, plain in sorted(meant.items())}
        former = {digest: target for digest, target in targets.items() if digest and digest != target}
        found = self._ids(former)
        present = self._ids(set(former.values())) if found else {}
        told: Counter[str] = Counter()
        replaced: dict[int, int | None] = {}
        for digest, old in sorted(found.items(), key=lambda pair: pair[1]):
            target = former[digest]
            if target and target not in present:
                self._connection.execute(update(reporters).where(reporters.c.id == old).values(hash=target))
                present[target] = old
            else:
                replaced[old] = present.get(target)
            told[TOGETHER if target else FORGOTTEN] += 1
        self._replace(replaced)
        return told

    def _replace(self, replaced: Mapping[int, int | None]) -> None:
        for table in (reports, report_versions):
            change = update(table).where(table.c.id == bindparam("row")).values(reporter_id=bindparam("new"))
            for batch in in_batches(sorted(replaced)):
                query = select(table.c.id, table.c.reporter_id).where(table.c.reporter_id.in_(batch))
                rows = [
                    {"row": row.id, "new": replaced[row.reporter_id]}
                    for row in self._connection.execute(query)
                ]
                for part in in_batches(rows):
                    self._connection.execute(change, part)
        for old, new in replaced.items():  # of what reports were before an import there are few
            was = update(import_before).where(import_before.c.reporter_id == old)
            self._connection.execute(was.values(reporter_id=new))
        for batch in in_batches(sorted(replaced)):
            self._connection.execute(delete(reporters).where(reporters.c.id.in_(batch)))

    def _hash(self, written: str) -> str:
        return self._key.hash_of(written) or ""

    def _ids(self, hashes: Iterable[str]) -> dict[str, int]:
        wanted: Sequence[str] = sorted(set(hashes) - {""})
        return {
            row.hash: row.id
            for batch in in_batches(wanted)
            for row in self._connection.execute(
                select(reporters.c.hash, reporters.c.id).where(
                    is_among(self._connection, reporters.c.hash, batch)
                )
            )
        }
