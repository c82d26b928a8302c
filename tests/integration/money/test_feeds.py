"""Feeds of prices and carbon on both databases. It is Tuesday, 16 June 2026, 10:00 in Lisbon."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import pairwise
from threading import Barrier

import pytest
from sqlalchemy.engine import Connection

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditEntry, AuditQuery
from domain.foundation.clock import FixedClock, from_ms, iso_utc, to_ms
from domain.foundation.contract import Contract, under
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unavailable, Unknown
from domain.foundation.intervals import Period
from domain.house import House
from domain.money import feed_store, feeds
from domain.money.feed import Feed, FeedValue
from domain.money.feeds import Feeds, NotFetched
from domain.money.tariff import Dynamic, EnergyPart, Fallback, Terms
from domain.telemetry.model import Reading

MANAGER = Actor(name="Maria", role="manager")
OPERATOR = Actor(name="Otto", role="operator")
HOUR = 3_600_000
BEGIN = to_ms(datetime(2026, 6, 16, tzinfo=UTC))
URL = "https://prices.example.org/day?key=secret"
BY_URL = {"name": "Day ahead", "quantity": "import_price", "origin": "url", "url": URL}
BY_FILE = {"name": "Prices", "quantity": "import_price", "origin": "file"}
Marked = list[tuple[date, date | None]]


@pytest.fixture
def marked() -> Marked:
    return []


@pytest.fixture
def prices(house: House, marked: Marked) -> Feeds:
    """Feeds that tell a list which days they mark."""

    def mark(c: Connection, first: date, until: date | None, reason: str) -> None:
        assert c.in_transaction()
        assert reason.startswith("Feed ")
        marked.append((first, until))

    return Feeds(house.database, house.clock, house.zone, house.telemetry, mark)


def hours(*amounts: float, begin_ms: int = BEGIN) -> list[FeedValue]:
    """One value an hour."""
    return [
        FeedValue(begin_ms + at * HOUR, begin_ms + (at + 1) * HOUR, amount)
        for at, amount in enumerate(amounts)
    ]


def csv_body(*amounts: float, begin_ms: int = BEGIN) -> bytes:
    values = hours(*amounts, begin_ms=begin_ms)
    lines = [f"{iso_utc(from_ms(v.starts_ms))},{v.value}" for v in values]
    return "\n".join(["timestamp_utc,price_import_eur_per_kwh", *lines]).encode()


def all_values(prices: Feeds, feed: Feed) -> list[FeedValue]:
    return list(prices.values(feed.feed_id, 0, BEGIN + 1000 * 24 * HOUR))


def audit(house: House) -> list[AuditEntry]:
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery())
    return [row for row in rows if row.action.startswith("feeds.")]


# ---- values


def test_an_uploaded_file_is_kept_and_marks_its_days_and_those_a_week_later(
    prices: Feeds, marked: Marked, house: House
) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    taken = prices.upload(MANAGER, feed.feed_id, csv_body(0.1, 0.2, 0.3))
    assert (taken.changed, taken.same) == (3, 0)
    assert all_values(prices, feed) == hours(0.1, 0.2, 0.3)
    assert marked == [
        (date(2026, 6, 16), date(2026, 6, 17)),
        (date(2026, 6, 23), date(2026, 6, 24)),
    ]
    assert [row.action for row in audit(house)] == ["feeds.upload", "feeds.create"]


def test_the_same_file_again_changes_nothing_and_marks_nothing(
    prices: Feeds, marked: Marked
) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    prices.upload(MANAGER, feed.feed_id, csv_body(0.1, 0.2))
    marked.clear()
    taken = prices.upload(MANAGER, feed.feed_id, csv_body(0.1, 0.2))
    assert (taken.changed, taken.same, marked) == (0, 2, [])


def test_finer_values_replace_the_part_they_cover_and_days_are_the_buildings(
    prices: Feeds, marked: Marked
) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    prices.put(feed.feed_id, hours(1.0, 2.0, begin_ms=BEGIN + 22 * HOUR))
    assert marked[0] == (date(2026, 6, 16), date(2026, 6, 18))  # 23:00 UTC is midnight in Lisbon
    quarter = FeedValue(BEGIN + 22 * HOUR, BEGIN + 22 * HOUR + HOUR // 4, 9.0)
    prices.put(feed.feed_id, [quarter])
    assert all_values(prices, feed) == [
        quarter,
        FeedValue(quarter.ends_ms, BEGIN + 23 * HOUR, 1.0),
        FeedValue(BEGIN + 23 * HOUR, BEGIN + 24 * HOUR, 2.0),
    ]


def test_values_are_those_that_hold_in_the_asked_span_also_in_the_future(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    prices.put(feed.feed_id, hours(*range(48)))
    found = prices.values(feed.feed_id, BEGIN + 24 * HOUR + 1, BEGIN + 26 * HOUR)
    assert [value.value for value in found] == [24, 25]
    assert list(prices.values(99, 0, BEGIN)) == []


def test_values_and_days_due_are_one_transaction(house: House) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("disk full")

    frail = Feeds(house.database, house.clock, house.zone, house.telemetry, broken)
    feed = frail.create(MANAGER, BY_FILE)
    with pytest.raises(RuntimeError):
        frail.upload(MANAGER, feed.feed_id, csv_body(0.1, 0.2))
    assert all_values(frail, feed) == []
    assert frail.state(feed.feed_id).word == "missing"


def test_a_file_with_a_fault_is_taken_not_at_all(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    with pytest.raises(InvalidInput):
        prices.upload(MANAGER, feed.feed_id, csv_body(0.1, float("nan")))
    assert all_values(prices, feed) == []


def test_values_across_two_known_ones_cut_both(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    prices.put(feed.feed_id, hours(1.0, 2.0))
    prices.put(feed.feed_id, [FeedValue(BEGIN + HOUR // 2, BEGIN + 3 * HOUR // 2, 5.0)])
    found = all_values(prices, feed)
    assert [value.value for value in found] == [1.0, 5.0, 2.0]
    assert all(one.ends_ms == other.starts_ms for one, other in pairwise(found))


def test_deliveries_at_the_same_moment_leave_no_overlap(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    at_once = Barrier(4)

    def deliver(number: int) -> None:
        at_once.wait(10)
        for turn in range(5):
            begin_ms = BEGIN + (number * 7 + turn) * HOUR // 4
            prices.put(feed.feed_id, hours(*([float(number)] * 6), begin_ms=begin_ms))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliver, range(4)))
    found = all_values(prices, feed)
    assert found[0].starts_ms == BEGIN
    assert all(one.ends_ms == other.starts_ms for one, other in pairwise(found))


# ---- sensors


def test_a_sensor_is_a_feed_by_quarter_hours_where_it_tells_them_and_by_hours_else(
    prices: Feeds, house: House
) -> None:
    rows = [(0, 0.10), (HOUR, 0.20), *((2 * HOUR + n * HOUR // 4, 0.3 + n) for n in range(4))]
    house.telemetry.ingest([Reading("SPOT", "price", BEGIN + at, x) for at, x in rows])
    house.telemetry.settle()
    feed = prices.create(
        MANAGER, {**BY_FILE, "name": "Spot", "origin": "sensor", "sensor_id": "SPOT"}
    )
    found = prices.values(feed.feed_id, BEGIN, BEGIN + 3 * HOUR)
    assert [(v.starts_ms - BEGIN, v.ends_ms - v.starts_ms) for v in found] == [
        (0, HOUR),
        (HOUR, HOUR),
        *((2 * HOUR + n * HOUR // 4, HOUR // 4) for n in range(4)),
    ]
    assert [v.value for v in found] == pytest.approx([0.1, 0.2, 0.3, 1.3, 2.3, 3.3])
    with pytest.raises(Conflict):
        prices.upload(MANAGER, feed.feed_id, csv_body(0.1, 0.2))


def test_a_sensors_prices_are_shared_as_its_readings_are(prices: Feeds, house: House) -> None:
    now_ms = house.clock.now_ms()
    house.telemetry.ingest([Reading("SPOT", "price", now_ms - n * HOUR, 0.1) for n in range(5)])
    house.telemetry.settle()
    feed = prices.create(
        MANAGER, {**BY_FILE, "name": "Spot", "origin": "sensor", "sensor_id": "SPOT"}
    )
    shown = prices.values(feed.feed_id, now_ms - 5 * HOUR, now_ms + HOUR)
    with under(Contract(time_aggregation="60minutes", embargo_minutes=120)):
        shared = prices.values(feed.feed_id, now_ms - 5 * HOUR, now_ms + HOUR)
    assert len(shown) == 5
    assert max(value.ends_ms for value in shared) <= now_ms - 2 * HOUR


def test_late_readings_of_a_price_sensor_mark_the_past_days_they_touch(
    prices: Feeds, house: House, marked: Marked
) -> None:
    fields = {**BY_FILE, "origin": "sensor", "sensor_id": "SPOT", "name": "Spot"}
    now_ms = house.clock.now_ms()
    house.telemetry.ingest([Reading(s, "price", now_ms, 0.1) for s in ("SPOT", "OTHER")])
    prices.create(MANAGER, fields)
    house.telemetry.tell_recomputed(prices.note_recomputed)
    house.telemetry.settle()
    assert marked == []  # today is settled in its turn
    late_ms = now_ms - 3 * 24 * HOUR
    house.telemetry.ingest([Reading("OTHER", "price", late_ms, 0.2)])
    house.telemetry.settle()
    assert marked == []  # no feed reads it
    house.telemetry.ingest([Reading("SPOT", "price", late_ms, 0.2)])
    house.telemetry.settle()
    assert set(marked) == {
        (date(2026, 6, 13), date(2026, 6, 14)),
        (date(2026, 6, 20), date(2026, 6, 21)),
    }


def test_another_sensor_marks_everything(prices: Feeds, house: House, marked: Marked) -> None:
    house.telemetry.ingest([Reading(s, "price", BEGIN, 0.1) for s in ("SPOT", "OTHER")])
    fields = {**BY_FILE, "name": "Spot", "origin": "sensor"}
    feed = prices.create(MANAGER, {**fields, "sensor_id": "SPOT"})
    prices.change(MANAGER, feed.feed_id, {"name": "Spot price"})
    assert marked == []
    prices.change(MANAGER, feed.feed_id, {"sensor_id": "OTHER"})
    assert marked == [(date.min, None)]


# ---- how a feed fares


def test_a_feed_tells_how_far_it_reaches_and_when_it_has_ended(
    prices: Feeds, clock: FixedClock
) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    assert prices.state(feed.feed_id).word == "missing"
    prices.put(feed.feed_id, hours(*range(12)))
    state = prices.state(feed.feed_id)
    assert (state.word, state.first_ms, state.until_ms) == ("ok", BEGIN, BEGIN + 12 * HOUR)
    assert state.arrived_ms is not None
    clock.advance(4 * 3600)
    assert prices.state(feed.feed_id).word == "ended"


@pytest.mark.parametrize(
    ("hour_utc", "last_hour", "word"),
    [
        (14, 24, "ok"),  # 15:59 in Lisbon, nothing of tomorrow is awaited
        (15, 24, "overdue"),
        (15, 43, "overdue"),
        (15, 44, "ok"),  # the market's own tomorrow, in another zone
    ],
)
def test_tomorrows_prices_are_awaited_from_four_in_the_afternoon(
    prices: Feeds, clock: FixedClock, hour_utc: int, last_hour: int, word: str
) -> None:
    feed = prices.create(MANAGER, BY_URL)
    file = prices.create(MANAGER, BY_FILE)
    for known in (feed, file):
        prices.put(known.feed_id, hours(*([0.1] * last_hour)))
    clock.set(datetime(2026, 6, 16, hour_utc, 0 if hour_utc == 15 else 59, tzinfo=UTC))
    assert prices.state(feed.feed_id).word == word
    assert [f.name for f in prices.overdue()] == (["Day ahead"] if word == "overdue" else [])
    assert prices.state(file.feed_id).word == "ok"


def test_prices_that_are_missing_and_cannot_be_fetched_are_overdue_all_the_same(
    prices: Feeds, clock: FixedClock
) -> None:
    feed = prices.create(MANAGER, BY_URL)
    prices.put(feed.feed_id, hours(*([0.1] * 24)))
    prices.failed(feed.feed_id, "No answer within 5 s")
    clock.set(datetime(2026, 6, 16, 15, 0, tzinfo=UTC))
    assert (prices.state(feed.feed_id).word, prices.overdue()[0].name) == ("failing", "Day ahead")
    clock.set(datetime(2026, 6, 17, 3, 0, tzinfo=UTC))
    assert (prices.state(feed.feed_id).word, prices.overdue()[0].name) == ("ended", "Day ahead")


# ---- fetching


class Web:
    """Stands for whoever opens connections."""

    def __init__(self, answer: bytes | str) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if isinstance(self.answer, str):
            raise NotFetched(self.answer)
        return self.answer


@pytest.fixture
def real_ms(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Real time as the feeds see it."""
    now = [1_000_000_000]
    monkeypatch.setattr(feeds, "real_now_ms", lambda: now[0])
    return now


def test_an_address_is_fetched_when_it_is_due_and_not_before(
    prices: Feeds, real_ms: list[int]
) -> None:
    web = Web(csv_body(0.1, 0.2))
    prices.fetch_with(web)
    feed = prices.create(MANAGER, {**BY_URL, "refresh_s": 3600})
    prices.create(MANAGER, BY_FILE)
    assert (prices.fetch_due(), prices.fetch_due()) == (1, 0)
    assert web.asked == [URL]
    assert all_values(prices, feed) == hours(0.1, 0.2)
    real_ms[0] += 3_599_000
    assert prices.fetch_due() == 0
    real_ms[0] += 1_000
    assert prices.fetch_due() == 1


def test_a_fetch_that_fails_keeps_what_is_known_says_why_and_is_tried_again_soon(
    prices: Feeds, real_ms: list[int], marked: Marked
) -> None:
    web = Web(csv_body(*range(12)))
    prices.fetch_with(web)
    feed = prices.create(MANAGER, BY_URL)
    prices.fetch_due()
    marked.clear()
    web.answer = "prices.example.org answered 503"
    real_ms[0] += 3_600_000
    assert prices.fetch_due() == 0
    state = prices.state(feed.feed_id)
    assert (state.word, state.error) == ("failing", "prices.example.org answered 503")
    assert state.arrived_ms == 1_000_000_000
    assert len(all_values(prices, feed)) == 12
    assert marked == []
    real_ms[0] += 300_000
    web.answer = csv_body(*range(13))
    assert prices.fetch_due() == 1
    assert prices.state(feed.feed_id).error is None


def test_what_was_fetched_and_cannot_be_read_is_told_by_its_place(prices: Feeds) -> None:
    prices.fetch_with(Web(b"<html>"))
    feed = prices.create(MANAGER, BY_URL)
    assert prices.fetch_now(MANAGER, feed.feed_id).word == "failing"
    assert "timestamp_utc" in str(prices.state(feed.feed_id).error)


def test_a_feed_that_was_changed_while_it_was_fetched_keeps_nothing_of_it(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_URL)

    def slow(url: str) -> bytes:
        prices.change(MANAGER, feed.feed_id, {"url": "https://other.example.org/"})
        return csv_body(0.1, 0.2)

    prices.fetch_with(slow)
    assert prices.fetch_due() == 0
    assert all_values(prices, feed) == []


def test_an_address_can_be_tried_without_keeping_anything(prices: Feeds) -> None:
    prices.fetch_with(Web(csv_body(0.1, 0.2)))
    read = prices.try_address(MANAGER, "import_price", URL)
    assert list(read.values) == hours(0.1, 0.2)
    assert prices.list() == []
    prices.fetch_with(Web("No answer within 5 s"))
    with pytest.raises(Unavailable, match="No answer"):
        prices.try_address(MANAGER, "import_price", URL)
    with pytest.raises(InvalidInput):
        prices.try_address(MANAGER, "import_price", "file:///etc/passwd")


# ---- editing


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "day/ahead", "origin": "mqtt"}, "name"),
        ({"quantity": "price"}, "quantity"),
        ({"origin": "pigeon"}, "origin"),
        ({"origin": "url", "url": "ftp://x.example.org"}, "url"),
        ({"origin": "url", "url": "https://me:key@x.example.org"}, "url"),
        ({"origin": "url", "url": None}, "url"),
        ({"origin": "url", "url": URL, "refresh_s": 299}, "refresh_s"),
        ({"origin": "url", "url": URL, "refresh_s": "soon"}, "refresh_s"),
        ({"origin": "sensor", "sensor_id": "NONE"}, "sensor_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_field_that_cannot_be_used_is_named(
    prices: Feeds, fields: dict[str, object], wrong: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        prices.create(MANAGER, {**BY_FILE, **fields})
    assert [error.field for error in refused.value.fields] == [wrong]


def test_what_a_feed_tells_stays_what_it_was(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    with pytest.raises(InvalidInput) as refused:
        prices.change(MANAGER, feed.feed_id, {"quantity": "carbon", "origin": "mqtt"})
    assert {error.field for error in refused.value.fields} == {"quantity", "origin"}


def test_a_name_is_taken_once_and_a_stale_form_changes_nothing(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_FILE)
    with pytest.raises(Conflict, match="already"):
        prices.create(MANAGER, BY_FILE)
    other = prices.create(MANAGER, {**BY_FILE, "name": "Other"})
    with pytest.raises(Conflict, match="already"):
        prices.change(MANAGER, other.feed_id, {"name": "Prices"})
    prices.change(MANAGER, feed.feed_id, {"name": "Prices 2026"}, feed.version)
    with pytest.raises(Conflict, match="meanwhile"):
        prices.change(MANAGER, feed.feed_id, {"name": "Prices 2027"}, feed.version)
    with pytest.raises(Conflict, match="meanwhile"):
        prices.delete(MANAGER, feed.feed_id, feed.version)


def test_the_key_in_an_address_is_in_no_audit_row(prices: Feeds, house: House) -> None:
    feed = prices.create(MANAGER, BY_URL)
    prices.change(MANAGER, feed.feed_id, {"url": URL.replace("day", "two")})
    prices.delete(MANAGER, feed.feed_id)
    rows = audit(house)
    assert len(rows) == 3
    assert not any("secret" in f"{row.before}{row.after}" for row in rows)
    assert "prices.example.org/day" in str(rows[-1].after)


def test_a_feed_in_use_is_not_deleted_and_another_one_goes_with_its_values(house: House) -> None:
    prices = house.money.feeds
    feed = prices.create(MANAGER, BY_FILE)
    prices.put(feed.feed_id, hours(1.0))
    terms = Terms(
        (EnergyPart("Spot", "energy", Dynamic(feed.feed_id, 1_000_000, 0, Fallback("fixed", 1))),)
    )
    house.money.tariffs.create(MANAGER, "Dynamic", "import", date(2026, 1, 1), terms)
    with pytest.raises(Conflict, match="Dynamic"):
        prices.delete(MANAGER, feed.feed_id)
    carbon = prices.create(MANAGER, {"name": "Grid", "quantity": "carbon", "origin": "file"})
    house.money.carbon.set(MANAGER, date(2026, 1, 1), None, carbon.feed_id)
    with pytest.raises(Conflict, match="carbon factors"):
        prices.delete(MANAGER, carbon.feed_id)
    idle = prices.create(MANAGER, {**BY_FILE, "name": "Idle"})
    prices.put(idle.feed_id, hours(1.0))
    prices.delete(MANAGER, idle.feed_id)
    with house.database.read() as c:
        assert feed_store.read_values(c, idle.feed_id, 0, BEGIN * 2) == []
    with pytest.raises(Unknown):
        prices.put(idle.feed_id, hours(1.0))


def test_a_tariff_and_the_carbon_factor_read_what_a_feed_says(house: House) -> None:
    prices = house.money.feeds
    feed = prices.create(MANAGER, BY_FILE)
    prices.put(feed.feed_id, hours(0.25))
    terms = Terms(
        (EnergyPart("Spot", "energy", Dynamic(feed.feed_id, 1_000_000, 0, Fallback("fixed", 7))),)
    )
    made = house.money.tariffs.create(MANAGER, "Dynamic", "import", date(2026, 1, 1), terms)
    carbon = prices.create(MANAGER, {"name": "Grid", "quantity": "carbon", "origin": "file"})
    prices.put(carbon.feed_id, hours(90.0))
    house.money.carbon.set(MANAGER, date(2026, 1, 1), 200.0, carbon.feed_id)
    period = Period.of_ms(BEGIN, BEGIN + 2 * HOUR)
    track = house.money.tariffs.prices("import", period, made.tariff_id)
    assert track.gross.tolist() == [25_000_000.0] * 4 + [7.0] * 4
    assert track.estimated.tolist() == [False] * 4 + [True] * 4
    assert house.money.carbon.factors(period).g_per_kwh.tolist() == [90.0] * 4 + [200.0] * 4


def test_operators_read_and_do_not_change(prices: Feeds) -> None:
    feed = prices.create(MANAGER, BY_URL)
    assert [f.name for f, _ in prices.states(OPERATOR)] == ["Day ahead"]
    acts = (
        lambda: prices.create(OPERATOR, BY_FILE),
        lambda: prices.change(OPERATOR, feed.feed_id, {"name": "x"}),
        lambda: prices.delete(OPERATOR, feed.feed_id),
        lambda: prices.upload(OPERATOR, feed.feed_id, csv_body(0.1, 0.2)),
        lambda: prices.fetch_now(OPERATOR, feed.feed_id),
        lambda: prices.try_address(OPERATOR, "carbon", URL),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotAllowed):
        prices.states(Actor("wall", "", kind="display", permissions=frozenset()))
