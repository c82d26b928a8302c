"""Whoever holds the database file can change every row; none of it stays unseen."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from domain.foundation.clock import FixedClock
from domain.money.ledger import Ledger, examine, main, verify
from domain.money.ledger_chain import Head, hash_seal, hash_transaction
from domain.money.ledger_store import head_table, read_seals, transaction_table, walk
from domain.money.posting import Entry, Posting
from domain.storage.engine import Database
from tests.integration.money.conftest import LISBON

TABLES = ("ledger_account", "ledger_transaction", "ledger_entry", "ledger_seal")
DAYS, A_DAY = 4, 3


@pytest.fixture
def filled(database: Database, ledger: Ledger, clock: FixedClock) -> Ledger:
    """Twelve postings over four days, three of them sealed; the fourth is today."""
    for day in range(DAYS):
        for number in range(A_DAY):
            mc = 1_000 * (day + 1) + number
            entries = (
                Entry("cost:energy", mc, 70),
                Entry("cost:vat", 30),
                Entry("retailer", -mc - 30),
            )
            about = date(2026, 6, 10) + timedelta(days=day)
            key = f"{day}:{number}"
            ledger.post([Posting(key, about, "retailer", "Energy", entries, {"day": day})])
        clock.advance(86_400 if day < DAYS - 1 else 0)
    ledger.adjust("retailer", date(2026, 6, 10), {}, "Struck out", {})
    ledger.post(
        [
            Posting(
                "trade",
                date(2026, 6, 13),
                "p2p",
                "Trade",
                (Entry("p2p", 5), Entry("member:North", -5)),
            )
        ]
    )
    assert verify(database) is None
    _drop_triggers(database)
    return ledger


LAST = DAYS * A_DAY + 2
SEQS = (1, 5, LAST)


def _drop_triggers(database: Database) -> None:
    with database.write() as c:
        for table in TABLES:
            if database.dialect == "postgresql":
                c.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
            else:
                c.exec_driver_sql(f"DROP TRIGGER {table}_no_update")
                c.exec_driver_sql(f"DROP TRIGGER {table}_no_delete")


def _run(database: Database, *statements: str) -> None:
    with database.write() as c:
        for statement in statements:
            assert c.execute(sa.text(statement)).rowcount, f"nothing was changed: {statement}"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_the_database_itself_refuses_changes(
    database: Database, ledger: Ledger, clock: FixedClock, table: str, act: str
):
    ledger.post([Posting("one", date(2026, 6, 15), "adjustment", "One", (Entry("p2p", 0),))])
    clock.advance(86_400)
    assert ledger.seal(date(2026, 6, 16)) is not None
    column = {"ledger_account": "label", "ledger_entry": "account"}.get(table, "hash")
    with pytest.raises(DBAPIError, match="append-only"), database.write() as c:
        c.exec_driver_sql(act.format(table, column))


@pytest.mark.parametrize("seq", SEQS)
@pytest.mark.parametrize(
    "change",
    [
        "key = key || 'x'",
        "day = '2026-06-30'",
        "source = 'adjustment'",
        "words = 'Other'",
        "corrects = 2",
        "evidence = '{}  '",
        "posted_ms = posted_ms + 1",
        "hash = 'f' || substr(hash, 2, 62) || '-'",
        "seq = seq + 1000",
        "seq = -seq",
    ],
)
def test_a_changed_column_of_a_posting_is_found(
    database: Database, filled: Ledger, seq: int, change: str
):
    _run(database, f"UPDATE ledger_transaction SET {change} WHERE seq = {seq}")
    broken = verify(database)
    assert broken is not None
    assert broken.seq in (seq, -seq, 1)


@pytest.mark.parametrize("seq", SEQS)
@pytest.mark.parametrize(
    "change",
    [
        "account = 'cost:tax'",
        "debit_mc = debit_mc + 1",
        "energy_wh = 71",
        "energy_wh = NULL",
        "line = line + 10",
        "seq = seq + 1000",
    ],
)
def test_a_changed_column_of_an_entry_is_found(
    database: Database, filled: Ledger, seq: int, change: str
):
    if seq == LAST and change == "energy_wh = NULL":
        change = "energy_wh = 0"
    _run(database, f"UPDATE ledger_entry SET {change} WHERE seq = {seq} AND line = 1")
    broken = verify(database)
    assert broken is not None
    assert broken.seq == seq


def test_two_changed_amounts_that_balance_are_found(database: Database, filled: Ledger):
    _run(
        database,
        "UPDATE ledger_entry SET debit_mc = debit_mc - 500 WHERE seq = 4 AND line = 1",
        "UPDATE ledger_entry SET debit_mc = debit_mc + 500 WHERE seq = 4 AND line = 3",
    )
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 4


@pytest.mark.parametrize("seq", SEQS)
@pytest.mark.parametrize("with_entries", [True, False])
def test_a_removed_posting_is_found(
    database: Database, filled: Ledger, seq: int, with_entries: bool
):
    _run(database, f"DELETE FROM ledger_transaction WHERE seq = {seq}")
    if with_entries:
        _run(database, f"DELETE FROM ledger_entry WHERE seq = {seq}")
    broken = verify(database)
    assert broken is not None
    assert broken.seq == seq


@pytest.mark.parametrize("seq", SEQS)
@pytest.mark.parametrize("line", [1, 2])
def test_a_removed_entry_is_found(database: Database, filled: Ledger, seq: int, line: int):
    _run(database, f"DELETE FROM ledger_entry WHERE seq = {seq} AND line = {line}")
    broken = verify(database)
    assert broken is not None
    assert broken.seq == seq


def test_all_that_was_posted_lately_cannot_go_unseen(database: Database, filled: Ledger):
    _run(
        database,
        "DELETE FROM ledger_transaction WHERE seq > 9",
        "DELETE FROM ledger_entry WHERE seq > 9",
    )
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 10


def test_an_emptied_ledger_is_no_empty_ledger(database: Database, filled: Ledger):
    _run(
        database,
        "DELETE FROM ledger_transaction",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_seal",
    )
    assert verify(database) is not None


def test_two_swapped_postings_are_found(database: Database, filled: Ledger):
    swaps = []
    for table in ("ledger_transaction", "ledger_entry"):
        for old, new in ((4, 900), (5, 4), (900, 5)):
            swaps.append(f"UPDATE {table} SET seq = {new} WHERE seq = {old}")
    _run(database, *swaps)
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 4


def test_two_swapped_entries_are_found(database: Database, filled: Ledger):
    moves = [
        f"UPDATE ledger_entry SET line = {new} WHERE seq = 4 AND line = {old}"
        for old, new in ((1, 9), (2, 1), (9, 2))
    ]
    _run(database, *moves)
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 4


def test_an_entry_moved_to_another_posting_is_found(database: Database, filled: Ledger):
    _run(database, "UPDATE ledger_entry SET seq = 6, line = 4 WHERE seq = 5 AND line = 3")
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 5


def test_an_entry_of_no_posting_is_found(database: Database, filled: Ledger):
    for seq in (-1, 1000):
        _run(database, f"INSERT INTO ledger_entry VALUES ({seq}, 1, 'retailer', 0, NULL)")
        assert verify(database) is not None
        _run(database, f"DELETE FROM ledger_entry WHERE seq = {seq}")
        assert verify(database) is None


@pytest.mark.parametrize(
    "change",
    [
        "day = '2026-06-09'",
        "last_seq = last_seq + 1",
        "last_seq = 1000",
        "sealed_ms = sealed_ms + 1",
        "hash = 'f' || substr(hash, 2, 62) || '-'",
    ],
)
@pytest.mark.parametrize("day", ["2026-06-16", "2026-06-18"])
def test_a_changed_seal_is_found(database: Database, filled: Ledger, day: str, change: str):
    _run(database, f"UPDATE ledger_seal SET {change} WHERE day = '{day}'")
    assert verify(database) is not None


@pytest.mark.parametrize("day", ["2026-06-16", "2026-06-17", "2026-06-18"])
def test_a_removed_seal_is_found(database: Database, filled: Ledger, day: str):
    _run(database, f"DELETE FROM ledger_seal WHERE day = '{day}'")
    assert verify(database) is not None


def test_an_added_seal_is_found(database: Database, filled: Ledger):
    _run(database, f"INSERT INTO ledger_seal VALUES ('2026-06-19', {LAST}, '{'a' * 64}', 1)")
    assert verify(database) is not None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_head SET seq = seq - 1",
        "UPDATE ledger_head SET seq = seq + 1",
        "UPDATE ledger_head SET hash = 'f' || substr(hash, 2, 62) || '-'",
        "DELETE FROM ledger_head",
    ],
)
def test_a_changed_head_is_found(database: Database, filled: Ledger, change: str):
    _run(database, change)
    assert verify(database) is not None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_account SET label = 'Beer' WHERE account = 'cost:energy'",
        "UPDATE ledger_account SET kind = 'memo' WHERE account = 'member:North'",
        "UPDATE ledger_account SET account = 'cost:beer' WHERE account = 'cost:energy'",
        "DELETE FROM ledger_account WHERE account = 'avoided'",
        "INSERT INTO ledger_account VALUES ('cost:beer', 'Beer', 'cash')",
        "INSERT INTO ledger_account VALUES ('member:South', 'South', 'cash')",
    ],
)
def test_a_changed_account_is_found(database: Database, filled: Ledger, change: str):
    _run(database, change)
    assert verify(database) is not None


def test_a_row_that_cannot_be_read_is_found(sqlite_database: Database, clock: FixedClock):
    Ledger(sqlite_database, clock, LISBON).post(
        [Posting("one", date(2026, 6, 15), "adjustment", "One", (Entry("p2p", 0),))]
    )
    _drop_triggers(sqlite_database)
    _run(sqlite_database, "UPDATE ledger_entry SET debit_mc = 'zero'")
    assert verify(sqlite_database) is not None
    _run(sqlite_database, "UPDATE ledger_entry SET debit_mc = 0")
    assert verify(sqlite_database) is None
    _run(sqlite_database, "UPDATE ledger_transaction SET day = 'never'")
    assert verify(sqlite_database) is not None


def test_a_chain_written_anew_is_whole_but_not_the_one_of_the_statement(
    database: Database, filled: Ledger
):
    """Who can write the file can compute hashes too: only a head kept elsewhere tells."""
    stated = filled.head().hash
    _run(
        database,
        "UPDATE ledger_entry SET debit_mc = debit_mc - 500 WHERE seq = 4 AND line = 1",
        "UPDATE ledger_entry SET debit_mc = debit_mc + 500 WHERE seq = 4 AND line = 3",
    )
    _hash_anew(database)
    assert verify(database) is None
    assert verify(database, stated) is not None


def _hash_anew(database: Database) -> None:
    with database.write() as c:
        seals = {seal.last_seq: seal for seal in read_seals(c)}
        at = "0" * 64
        for written in list(walk(c)):
            at = hash_transaction(at, written)
            where = transaction_table.c.seq == written.seq
            c.execute(transaction_table.update().where(where).values(hash=at))
            if seal := seals.get(written.seq):
                at = hash_seal(at, seal)
                values = {"hash": at, "day": seal.day}
                c.execute(sa.text("UPDATE ledger_seal SET hash = :hash WHERE day = :day"), values)
        c.execute(head_table.update().values(hash=at))


def test_a_head_stated_earlier_lies_on_the_way_of_a_ledger_that_went_on(
    database: Database, filled: Ledger, clock: FixedClock
):
    stated = filled.head()
    clock.advance(86_400)
    filled.post([Posting("more", date(2026, 6, 19), "adjustment", "More", (Entry("p2p", 0),))])
    assert filled.head() != stated
    assert verify(database, stated.hash) is None
    assert verify(database, Head(0, "0" * 64).hash) is None


def test_the_command_says_what_it_checked_and_ends_with_1_at_a_break(
    database: Database, filled: Ledger, capsys: pytest.CaptureFixture[str]
):
    command = ["verify", "--database-url", database.url]
    head = filled.head().hash
    assert main([*command, "--head", head]) == 0
    said = capsys.readouterr().out
    assert f"{LAST} postings" in said
    assert "3 seals" in said
    assert head in said
    assert main([*command, "--head", "ab" * 32]) == 1
    assert "replaced" in capsys.readouterr().out
    _run(database, "DELETE FROM ledger_entry WHERE seq = 7 AND line = 2")
    assert main(command) == 1
    assert "posting 7" in capsys.readouterr().out
    assert examine(database).transactions == 6
