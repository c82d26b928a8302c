"""Double entry: what is written balances, is written once, and adds up however it came about."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.foundation.clock import FixedClock, SystemClock
from domain.foundation.contract import Contract, under
from domain.foundation.errors import Conflict, InvalidInput, Unknown
from domain.money.book import Check, LedgerQuery
from domain.money.ledger import Ledger, examine, replay, verify
from domain.money.ledger_chain import GENESIS, Head
from domain.money.posting import ACCOUNTS, Entry, Posting
from domain.storage.engine import Database
from tests.integration.money.conftest import LISBON

DAY = date(2026, 6, 15)
TUESDAY = date(2026, 6, 16)
_examples = count()


def posting(
    key: str = "one",
    mc: int = 1_234_567,
    day: date = DAY,
    words: str = "Energy of a day",
    accounts: tuple[str, str] = ("cost:energy", "retailer"),
    source: str = "retailer",
) -> Posting:
    debit, credit = accounts
    entries = (Entry(debit, mc, 9_000), Entry(credit, -mc))
    return Posting(key, day, source, words, entries, {"tariff_versions": [3]})


def test_a_ledger_begins_empty_with_every_account_and_is_whole(database: Database, ledger: Ledger):
    assert ledger.head() == Head(0, GENESIS)
    assert ledger.balances() == {}
    assert verify(database) is None


def test_the_same_key_with_the_same_content_is_the_same_posting(ledger: Ledger):
    assert ledger.post([posting(), posting()]) == [1, 1]
    head = ledger.head()
    assert ledger.post([posting()]) == [1]
    assert ledger.head() == head
    assert ledger.balances() == {"cost:energy": 1_234_567, "retailer": -1_234_567}


@pytest.mark.parametrize(
    "other",
    [
        posting(mc=1),
        posting(day=TUESDAY),
        posting(words="Other words"),
        posting(accounts=("cost:grid", "retailer")),
        posting(source="adjustment"),
    ],
)
def test_a_key_is_never_used_for_another_content(ledger: Ledger, other: Posting):
    ledger.post([posting()])
    with pytest.raises(Conflict, match="posting 1"):
        ledger.post([posting("two"), other])
    assert ledger.head().seq == 1


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (Entry("cost:energy", 5),),
        (Entry("cost:energy", 5), Entry("retailer", -4)),
        (Entry("cost:beer", 5), Entry("retailer", -5)),
        (Entry("member:", 5), Entry("retailer", -5)),
        (Entry("member:" + "x" * 80, 5), Entry("retailer", -5)),
        (Entry("cost:energy", 10**15 + 1), Entry("retailer", -(10**15) - 1)),
        (Entry("cost:energy", 5.0), Entry("retailer", -5.0)),  # type: ignore[arg-type]
        (Entry("cost:energy", True), Entry("retailer", -1)),
        (Entry("cost:energy", 5, 10**16), Entry("retailer", -5)),
    ],
)
def test_what_does_not_balance_or_names_no_account_is_refused_whole(
    ledger: Ledger, entries: tuple[Entry, ...]
):
    bad = Posting("bad", DAY, "retailer", "Bad", entries)
    with pytest.raises(InvalidInput) as refused:
        ledger.post([posting(), bad])
    assert [field.field for field in refused.value.fields] == ["entries"]
    assert ledger.head().seq == 0


def test_every_refused_field_is_named(ledger: Ledger):
    with pytest.raises(InvalidInput) as refused:
        ledger.post([Posting("", DAY, "casino", "", ())])
    named = [field.field for field in refused.value.fields]
    assert named == ["key", "words", "source", "entries"]


def test_an_account_is_made_for_a_member_on_the_way(database: Database, ledger: Ledger):
    trade = posting("trade", accounts=("p2p", "member:North Wing"), source="p2p")
    ledger.post([trade, posting("again", accounts=("p2p", "member:North Wing"), source="p2p")])
    assert ledger.balances()["member:North Wing"] == -2 * 1_234_567
    assert verify(database) is None


def test_totals_are_by_whatever_is_asked_of_half_open_days(ledger: Ledger):
    ledger.post([posting(), posting("two", 100, TUESDAY)])
    (monday,) = ledger.totals(DAY, TUESDAY, ("source", "account", "day"))[:1]
    assert (monday.source, monday.account, monday.day) == ("retailer", "cost:energy", DAY)
    assert (monday.debit_mc, monday.energy_wh) == (1_234_567, 9_000)
    by_account = {t.account: t.debit_mc for t in ledger.totals(DAY, None, ("account",))}
    assert by_account == {"cost:energy": 1_234_667, "retailer": -1_234_667}
    assert ledger.balances(as_of=DAY)["cost:energy"] == 1_234_567


def test_a_contract_withholds_the_sums_of_days_that_are_not_over_for_it(ledger: Ledger):
    ledger.post([posting(), posting("two", 100, date(2026, 6, 14))])
    with under(Contract(embargo_minutes=9 * 60)):  # it is Tuesday, 10:00
        assert ledger.balances()["cost:energy"] == 1_234_667
    with under(Contract(embargo_minutes=11 * 60)):
        assert ledger.balances()["cost:energy"] == 100


def test_adjusting_posts_once_then_corrects_then_nothing(ledger: Ledger):
    def adjust(mc: int, wh: int) -> int | None:
        wanted = {"cost:energy": mc, "retailer": -mc}
        return ledger.adjust(
            "retailer", DAY, wanted, "Energy", {"n": mc}, energy_wh={"cost:energy": wh}
        )

    assert adjust(500, 1_000) == 1
    assert adjust(500, 1_000) is None
    assert adjust(450, 900) == 2
    assert adjust(450, 950) == 3
    (total, _) = ledger.totals(DAY, TUESDAY)
    assert (total.debit_mc, total.energy_wh) == (450, 950)


def test_a_posting_belongs_to_the_transaction_it_is_made_in(database: Database, ledger: Ledger):
    with pytest.raises(RuntimeError):
        _fail_after_posting(ledger, database, posting())
    assert ledger.head().seq == 0
    assert verify(database) is None


def test_the_first_posting_of_a_day_seals_the_last_one(
    database: Database, ledger: Ledger, clock: FixedClock
):
    ledger.post([posting()])
    clock.advance(86_400)
    ledger.post([posting("two")])
    checked = examine(database)
    assert (checked.transactions, checked.seals, checked.broken) == (2, 1, None)


def test_a_day_is_sealed_once_and_only_when_it_is_over(ledger: Ledger, clock: FixedClock):
    ledger.post([posting()])
    assert ledger.seal(TUESDAY) is None
    clock.advance(86_400)
    assert ledger.seal(DAY) is None
    sealed = ledger.seal(TUESDAY)
    assert sealed is not None
    assert (sealed.day, sealed.last_seq) == (TUESDAY, 1)
    assert ledger.head().hash == sealed.hash
    assert ledger.seal(TUESDAY) is None


def test_nothing_is_posted_into_a_sealed_day_though_the_clock_goes_back(
    database: Database, ledger: Ledger, clock: FixedClock
):
    ledger.post([posting()])
    clock.advance(86_400)
    sealed = ledger.seal(TUESDAY)
    assert sealed is not None
    clock.set(datetime(2026, 6, 16, 9, 30, tzinfo=UTC))
    ledger.post([posting("two")])
    clock.advance(7 * 86_400)
    again = ledger.seal(date(2026, 6, 30))
    assert again is not None
    assert again.day == date(2026, 6, 17)
    assert verify(database) is None


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(["post", "again", "adjust", "seal", "refused", "rolled back"]),
        st.integers(0, 4),
        st.integers(-(10**13), 10**13),
    ),
    max_size=25,
)


@given(sequence=steps)
def test_whatever_happens_debits_equal_credits_and_replaying_gives_the_balances(
    database: Database, sequence: Sequence[Step]
):
    clock = FixedClock(datetime(2026, 6, 16, 9, tzinfo=UTC) + timedelta(days=next(_examples)))
    ledger = Ledger(database, clock, LISBON)
    first = date(1900, 1, 1) + timedelta(days=10 * next(_examples))
    before = ledger.balances()
    expected = dict.fromkeys(ACCOUNTS, 0)
    adjusted: dict[int, int] = {}
    for number, (what, day, mc) in enumerate(sequence):
        _do(ledger, database, clock, what, first + timedelta(days=day), f"{first}:{number}", mc)
        if what in ("post", "again"):
            expected["cost:energy"] += mc
            expected["retailer"] -= mc
        elif what == "adjust":
            expected["self_consumption"] += mc - adjusted.get(day, 0)
            expected["avoided"] -= mc - adjusted.get(day, 0)
            adjusted[day] = mc
    after = ledger.balances()
    assert {a: after.get(a, 0) - before.get(a, 0) for a in ACCOUNTS} == expected
    assert sum(after.values()) == 0
    checked = examine(database)
    assert checked.broken is None
    assert checked.balances == after


def _do(
    ledger: Ledger,
    database: Database,
    clock: FixedClock,
    what: str,
    day: date,
    key: str,
    mc: int,
) -> None:
    saved = {"self_consumption": mc, "avoided": -mc}
    match what:
        case "post":
            ledger.post([posting(key, mc, day)])
        case "again":
            assert len({*ledger.post([posting(key, mc, day)] * 3)}) == 1
        case "adjust":
            ledger.adjust("self_consumption", day, saved, "Saved", {})
            assert ledger.adjust("self_consumption", day, saved, "Saved", {}) is None
        case "seal":
            clock.advance(86_400)
            ledger.seal(day + timedelta(days=100_000))
        case "refused":
            with pytest.raises(InvalidInput):
                ledger.post([posting(key, mc, day), posting(key, 10**16, day)])
        case "rolled back":
            with pytest.raises(RuntimeError):
                _fail_after_posting(ledger, database, posting(key, mc, day))


def _fail_after_posting(ledger: Ledger, database: Database, written: Posting) -> None:
    with database.write() as c:
        ledger.post([written], c)
        raise RuntimeError


@given(wants=st.lists(st.integers(0, 10**9), min_size=1, max_size=6), data=st.data())
def test_adjusting_ends_at_what_is_wanted_last_in_whatever_order(
    database: Database, wants: list[int], data: st.DataObject
):
    ledger = Ledger(database, FixedClock(datetime(2026, 6, 16, 9, tzinfo=UTC)), LISBON)
    day = date(2100, 1, 1) + timedelta(days=next(_examples))
    for mc in data.draw(st.permutations(wants)):
        ledger.adjust("battery", day, {"battery": mc, "avoided": -mc}, "Saved", {"wanted": mc})
    last = {t.account: t.debit_mc for t in ledger.totals(day, day + timedelta(days=1))}
    assert last.get("battery", 0) == mc
    assert last.get("avoided", 0) == -mc


def test_threads_that_write_at_once_queue_at_the_head(database: Database, ledger: Ledger):
    def write(worker: int) -> None:
        for number in range(10):
            ledger.post([posting(f"{worker}:{number}", number + 1), posting("shared", 7)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert ledger.head().seq == 41
    assert ledger.balances()["cost:energy"] == 4 * 55 + 7
    assert verify(database) is None


def _write_in_a_process(url: str, worker: int) -> None:
    database = Database(url)
    ledger = Ledger(database, SystemClock(), LISBON)
    for number in range(10):
        ledger.post([posting(f"{worker}:{number}", number + 1), posting("shared", 7)])
        mc = 100 + number
        wanted = {"battery": mc, "avoided": -mc}
        ledger.adjust("battery", DAY + timedelta(days=number), wanted, "Saved", {})
    database.close()


def test_processes_that_write_at_once_queue_at_the_head(database: Database, ledger: Ledger):
    database.close()
    forking = multiprocessing.get_context("fork")
    workers = [
        forking.Process(target=_write_in_a_process, args=(database.url, n)) for n in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert ledger.head().seq == 3 * 10 + 1 + 10
    assert ledger.balances()["battery"] == sum(range(100, 110))
    assert verify(database) is None
    assert replay(database) == ledger.balances()


@pytest.fixture
def kept(ledger: Ledger) -> Ledger:
    """Three days of the retailer with solar savings, a correction of the first, and a trade."""
    for number in range(3):
        day = DAY + timedelta(days=number)
        mc = 100_000 * (number + 1)
        bill = {"cost:energy": mc, "cost:vat": 20_000, "retailer": -mc - 20_000}
        ledger.adjust("retailer", day, bill, f"Day {number}", {"n": number})
        saved = {"self_consumption": 7_000, "avoided": -7_000}
        ledger.adjust("self_consumption", day, saved, "Saved", {})
    late = {"cost:energy": 90_000, "cost:vat": 20_000, "retailer": -110_000}
    ledger.adjust("retailer", DAY, late, "Day 0 again", {"n": "late"})
    ledger.post([posting("trade", 5_000, DAY, accounts=("member:North", "p2p"), source="p2p")])
    return ledger


def test_a_list_amounts_to_what_the_totals_of_its_accounts_say(kept: Ledger):
    totals = {t.account: t.debit_mc for t in kept.totals(None, None, ("account",))}
    for accounts in (("cost:energy",), ("cost:vat", "cost:energy"), ("self_consumption",)):
        page = kept.transactions(LedgerQuery(accounts=accounts, page_size=None))
        assert page.amount_mc == sum(totals[a] for a in accounts)
        assert sum(line.amount_mc for line in page.lines) == page.amount_mc
        assert len(page.lines) == page.total


def test_without_an_account_a_posting_amounts_to_all_but_its_other_side(kept: Ledger):
    page = kept.transactions(LedgerQuery(sort="amount"))
    assert [(line.source, line.amount_mc) for line in page.lines] == [
        ("retailer", 320_000),
        ("retailer", 220_000),
        ("retailer", 120_000),
        ("self_consumption", 7_000),
        ("self_consumption", 7_000),
        ("self_consumption", 7_000),
        ("p2p", -5_000),
        ("retailer", -10_000),
    ]


def test_lists_are_filtered_sorted_and_paged(kept: Ledger):
    def seqs(**asked: object) -> list[int]:
        return [line.seq for line in kept.transactions(LedgerQuery(**asked)).lines]  # type: ignore[arg-type]

    assert seqs() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert seqs(descending=False, page=1, page_size=3) == [4, 5, 6]
    assert seqs(source="retailer", sort="day") == [5, 3, 7, 1]
    assert seqs(first=TUESDAY, until=TUESDAY + timedelta(days=1)) == [4, 3]
    assert seqs(corrections=True) == [7]
    assert seqs(sort="nonsense; --") == seqs()


def test_a_posting_tells_its_evidence_what_it_corrects_and_what_corrects_it(kept: Ledger):
    first, late = kept.transaction(1), kept.transaction(7)
    assert first.evidence == {"n": 0}
    assert [line.seq for line in first.corrections] == [7]
    assert (late.corrects, late.corrections) == (1, ())
    assert late.entries == (Entry("cost:energy", -10_000), Entry("retailer", 10_000))
    (line,) = kept.transactions(LedgerQuery(first=DAY, until=TUESDAY, accounts=("cost:vat",))).lines
    assert line.corrected
    with pytest.raises(Unknown):
        kept.transaction(99)


def test_what_was_posted_lately_on_days_before_is_found(kept: Ledger, clock: FixedClock):
    now_ms = clock.now_ms()
    found = kept.late(now_ms, now_ms + 1, TUESDAY)
    assert [line.seq for line in found] == [1, 2, 7, 8]
    assert kept.late(now_ms + 1, now_ms + 2, TUESDAY) == ()


def test_a_contract_hides_the_postings_of_days_it_withholds(kept: Ledger):
    with under(Contract(embargo_minutes=11 * 60)):  # Monday is not over for it
        assert kept.transactions(LedgerQuery()).total == 0
        with pytest.raises(Unknown):
            kept.transaction(1)
    with under(Contract(embargo_minutes=60)):
        assert kept.transactions(LedgerQuery()).total == 4
        found = [(e.seq, e.evidence) for e in kept.evidence(DAY, DAY + timedelta(days=9))]
        stood_on = [(1, {"n": 0}), (2, {}), (7, {"n": "late"}), (8, {"tariff_versions": [3]})]
        assert found == stood_on


def test_a_check_is_remembered_with_where_the_chain_broke(
    database: Database, kept: Ledger, clock: FixedClock
):
    assert kept.chain().check is None
    assert kept.check().broken is None
    assert kept.chain().check == Check(clock.now_ms(), 8, "")
    with database.write() as c:
        c.exec_driver_sql("UPDATE ledger_head SET seq = 9")
    assert kept.check().broken is not None
    check = kept.chain().check
    assert check is not None
    assert "Posting 9" in check.broken


def test_sums_can_be_asked_as_they_stood_at_an_earlier_posting(kept: Ledger):
    now = kept.totals(DAY, TUESDAY, ("source", "account"))
    then = kept.totals(DAY, TUESDAY, ("source", "account"), through=2)
    kept_mc, then_mc = ({(t.source, t.account): t.debit_mc for t in x} for x in (now, then))
    assert kept_mc["retailer", "cost:energy"] == 90_000
    assert then_mc["retailer", "cost:energy"] == 100_000
    assert ("p2p", "p2p") not in then_mc
