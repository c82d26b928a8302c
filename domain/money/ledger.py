"""The ledger: postings are added, never changed; corrections are postings of their own.

    python -m domain.money.ledger verify [--head HASH] [--database-url URL]

goes along the chain and ends with 1 at the first changed, removed or swapped row. With the head
of a month statement it also finds a ledger that was replaced as a whole.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy.engine import Connection

from domain.foundation.clock import from_ms
from domain.foundation.errors import Conflict
from domain.foundation.intervals import local_date, local_day
from domain.money import ledger_store as store
from domain.money.book import Book, head_of
from domain.money.ledger_chain import (
    Checked,
    Head,
    Seal,
    Written,
    canonical,
    hash_seal,
    hash_transaction,
)
from domain.money.ledger_check import examine, replay, verify
from domain.money.posting import MEMBER, Posting, account_of, check, difference
from domain.storage.engine import Database


class Ledger(Book):
    """Double entry in whole milli-cents; writers queue at the head of the chain."""

    def post(self, postings: Sequence[Posting], connection: Connection | None = None) -> list[int]:
        """Write postings, all or none; gives the number of each, the old one where it stands.

        Raises:
            InvalidInput: a posting is unbalanced, or names an account or source there is not.
            Conflict: the key of a posting stands for another content.
        """
        for posting in postings:
            check(posting)
        with self._writing(connection) as c:
            head = head_of(store.lock_head(c))
            standing = store.by_keys(c, [posting.key for posting in postings])
            seqs = []
            for posting in postings:
                written = standing.get(posting.key)
                if written is None:
                    head = self._seal_before(c, head)
                    written = self._append(c, head, posting)
                    head = Head(written.seq, written.hash)
                    standing[posting.key] = written
                elif not _same(written, posting):
                    raise _other_content(posting.key, written.seq)
                seqs.append(written.seq)
            return seqs

    def adjust(
        self,
        source: str,
        day: date,
        wanted: Mapping[str, int],
        words: str,
        evidence: Mapping[str, object],
        connection: Connection | None = None,
        energy_wh: Mapping[str, int] | None = None,
    ) -> int | None:
        """Post what a source and day lack of the `wanted` mc (and Wh) by account; None if nothing.

        The first is the posting, those that come later are corrections of it.
        """
        with self._writing(connection) as c:
            head_of(store.lock_head(c))
            before, written = store.sums_of(c, source, day)
            entries = difference(written, wanted, energy_wh or {})
            if not entries:
                return None
            posting = Posting(
                key=f"{source}:{day}:r{len(before) + 1}",
                day=day,
                source=source,
                words=words,
                entries=entries,
                evidence=evidence,
                corrects=before[0] if before else None,
            )
            return self.post([posting], c)[0]

    def seal(self, through_day: date) -> Seal | None:
        """Close the day of the last posting if it is over and not after `through_day`.

        Days before it are sealed already: the first posting of a day closes the last one.
        """
        with self._writing(None) as c:
            head = head_of(store.lock_head(c))
            day = self._day_to_seal(c, head)
            today = local_date(self._clock.now(), self._zone)
            if day is None or day > through_day or day >= today:
                return None
            return self._seal(c, head, day)

    def check(self) -> Checked:
        """Go along the chain now, and remember how it ended."""
        checked = examine(self._database)
        broken = "" if checked.broken is None else _one_line(checked.broken.words)
        with self._database.write() as c:
            store.write_check(c, self._clock.now_ms(), checked.transactions, broken)
        return checked

    @contextmanager
    def _writing(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self._database.write() as c:
            yield c

    def _append(self, c: Connection, head: Head, posting: Posting) -> Written:
        members = {e.account for e in posting.entries if e.account.startswith(MEMBER)}
        store.add_accounts(c, {a: meaning for a in members if (meaning := account_of(a))})
        written = Written(
            seq=head.seq + 1,
            key=posting.key,
            day=posting.day,
            source=posting.source,
            words=posting.words,
            corrects=posting.corrects,
            evidence=canonical(posting.evidence),
            posted_ms=self._posting_ms(c, head),
            hash="",
            entries=posting.entries,
        )
        written = replace(written, hash=hash_transaction(head.hash, written))
        store.insert(c, written)
        _move(c, head, Head(written.seq, written.hash))
        return written

    def _posting_ms(self, c: Connection, head: Head) -> int:
        """Now, but never before the last posting nor within a sealed day, should the clock jump."""
        seal = store.last_seal(c)
        open_ms = 0 if seal is None else local_day(seal.day, self._zone).end_ms
        return max(self._clock.now_ms(), open_ms, store.posted_ms(c, head.seq))

    def _seal_before(self, c: Connection, head: Head) -> Head:
        day = self._day_to_seal(c, head)
        if day is None or day >= local_date(self._clock.now(), self._zone):
            return head
        return Head(head.seq, self._seal(c, head, day).hash)

    def _day_to_seal(self, c: Connection, head: Head) -> date | None:
        if not (last_ms := store.posted_ms(c, head.seq)):
            return None
        day, seal = local_date(from_ms(last_ms), self._zone), store.last_seal(c)
        return day if seal is None or seal.day < day else None

    def _seal(self, c: Connection, head: Head, day: date) -> Seal:
        seal = Seal(day, head.seq, "", self._clock.now_ms())
        seal = replace(seal, hash=hash_seal(head.hash, seal))
        store.insert_seal(c, seal)
        _move(c, head, Head(head.seq, seal.hash))
        return seal


def _move(c: Connection, before: Head, after: Head) -> None:
    if not store.move_head(c, before, after):
        raise Conflict("Somebody else wrote into the ledger meanwhile.", code="ledger_moved")


def _same(written: Written, posting: Posting) -> bool:
    return (
        written.day,
        written.source,
        written.words,
        written.corrects,
        written.evidence,
        written.entries,
    ) == (
        posting.day,
        posting.source,
        posting.words,
        posting.corrects,
        canonical(posting.evidence),
        posting.entries,
    )


def _one_line(words: str) -> str:
    """What a tampered row says may hold anything."""
    printable = "".join(sign if sign.isprintable() else " " for sign in words)
    return printable[: store.BROKEN_LENGTH]


def _other_content(key: str, seq: int) -> Conflict:
    return Conflict(f"“{key}” is posting {seq} already, with another content.", holder=str(seq))


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify from the command line."""
    parser = argparse.ArgumentParser(prog="python -m domain.money.ledger", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    verifying = actions.add_parser("verify", help="1 at the first row that is not as it was")
    verifying.add_argument("--head", help="the hash at the end of a month statement")
    verifying.add_argument("--database-url", default=os.environ.get("WATTBOARD_DATABASE_URL"))
    chosen = parser.parse_args(arguments)
    data_dir = Path(os.environ.get("WATTBOARD_DATA_DIR", "./data")).resolve()
    database = Database(chosen.database_url or f"sqlite:///{data_dir / 'wattboard.db'}")
    try:
        checked = examine(database, chosen.head)
    finally:
        database.close()
    if checked.broken is not None:
        sys.stdout.write(f"{checked.broken.words}\n")
        return 1
    head = checked.head.hash if checked.head else ""
    sys.stdout.write(
        f"{checked.transactions} postings with {checked.entries} entries and {checked.seals} seals "
        f"are as they were written. Head: {head}\n"
    )
    return 0


__all__ = ["Ledger", "examine", "replay", "verify"]

if __name__ == "__main__":
    sys.exit(main())
