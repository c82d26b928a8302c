"""Tariffs and carbon factors over both databases."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from domain.access.policy import Actor
from domain.access.store import audit_log
from domain.calendar.service import Calendar
from domain.foundation.clock import FixedClock, to_ms
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.foundation.intervals import Period, local_day, local_midnight
from domain.money import due_store
from domain.money.carbon import Carbon
from domain.money.day_store import day_energy_table
from domain.money.due import Due
from domain.money.prices import SLOT_MS
from domain.money.tariff import (
    Direction,
    Dynamic,
    Fallback,
    FixedPart,
    Flat,
    PeakPart,
    Tariff,
    Terms,
    Use,
)
from domain.money.tariffs import Tariffs
from domain.storage.engine import Database
from tests.integration.money.feeds import FakeFeeds
from tests.unit.money.places import CENT, LISBON, energy, tri_hourly

MANAGER = Actor("maria", "manager")
VIEWER = Actor("victor", "viewer")
FLAT = Terms((energy(Flat(20 * CENT), vat_ppm=230_000),))
TRI = Terms((energy(tri_hourly()), PeakPart("Demand", "grid", 100_000)))
JAN, MAY, JUNE = date(2026, 1, 1), date(2026, 5, 1), date(2026, 6, 1)
TODAY = date(2026, 6, 16)


@pytest.fixture
def feeds() -> FakeFeeds:
    return FakeFeeds()


@pytest.fixture
def tariffs(database: Database, clock: FixedClock, feeds: FakeFeeds) -> Tariffs:
    return Tariffs(database, clock, LISBON, _calendar(database, clock), feeds, Due())


@pytest.fixture
def carbon(database: Database, clock: FixedClock, feeds: FakeFeeds) -> Carbon:
    return Carbon(database, clock, LISBON, feeds, Due())


def _calendar(database: Database, clock: FixedClock) -> Calendar:
    return Calendar(database, clock, LISBON)


def made(tariffs: Tariffs, use_from: date | None = None, terms: Terms = FLAT, name="EDP") -> Tariff:
    return tariffs.create(MANAGER, name, "import", JAN, terms, use_from)


def settle(database: Database, first: date, days: int) -> None:
    rows = [
        {"subject": "site", "side": "import", "day": first + timedelta(days=n), "revision": 1,
         "slot_s": 900, "kwh": b"", "digest": "", "made_ms": 0}
        for n in range(days)
    ]  # fmt: skip
    with database.write() as c:
        c.execute(day_energy_table.insert(), rows)


def waiting(database: Database) -> list[date]:
    with database.read() as c:
        return [row[0] for row in due_store.waiting(c, date(2027, 1, 1))]


def audited(database: Database) -> list[tuple[str, str, dict[str, object] | None]]:
    with database.read() as c:
        rows = c.execute(sa.select(audit_log).order_by(audit_log.c.audit_id))
        return [(r.action, r.target, r.after and json.loads(r.after)) for r in rows]


def gross_at(tariffs: Tariffs, day: date, tariff_id: int | None = None) -> float:
    return float(tariffs.prices("import", local_day(day, LISBON), tariff_id).gross[0])


def test_a_tariff_in_use_prices_the_building_from_its_day_on(tariffs: Tariffs):
    assert tariffs.in_use("import") is None
    tariff = made(tariffs, use_from=MAY)
    assert tariffs.in_use("import") == tariff
    assert tariffs.in_use("export") is None
    assert np.isnan(gross_at(tariffs, date(2026, 4, 30)))
    assert gross_at(tariffs, MAY) == pytest.approx(24.6 * CENT)


def test_a_scenario_prices_any_past_although_it_was_never_in_use(tariffs: Tariffs):
    made(tariffs, use_from=JAN)
    scenario = tariffs.create(MANAGER, "Other", "import", JUNE, TRI)
    assert gross_at(tariffs, JAN) == pytest.approx(24.6 * CENT)
    assert gross_at(tariffs, JAN, scenario.tariff_id) == 10 * CENT
    period = local_day(JAN, LISBON)
    assert tariffs.peak_parts("import", period) == ()
    (peak,) = tariffs.peak_parts("import", period, scenario.tariff_id)
    assert peak.counts.all()


def test_fixed_charges_come_by_the_local_day(tariffs: Tariffs):
    terms = Terms((*FLAT.parts, FixedPart("Meter", "grid", "month", 300_000, 60_000)))
    tariff = made(tariffs, terms=terms)
    assert tariffs.charges("import", JUNE, JUNE + timedelta(days=1)) == []
    (charge,) = tariffs.charges("import", JUNE, JUNE + timedelta(days=1), tariff.tariff_id)
    assert (charge.net_mc, charge.vat_mc, charge.label) == (10_000, 600, "Meter")


def test_an_edit_makes_a_new_version_and_the_old_one_stays_for_whoever_asks(tariffs: Tariffs):
    tariff = made(tariffs, use_from=JAN)
    (first,) = tariffs.versions(tariff.tariff_id)
    after = tariffs.new_version(
        MANAGER, tariff.tariff_id, JAN, TRI, tariff.version, instead_of=first.version_id
    )
    (now,) = tariffs.versions(tariff.tariff_id)
    assert (now.terms, now.made_by) == (TRI, "maria")
    both = tariffs.versions(tariff.tariff_id, replaced=True)
    assert [(v.version_id, v.terms, v.replaced_by) for v in both] == [
        (first.version_id, FLAT, now.version_id),
        (now.version_id, TRI, None),
    ]
    with pytest.raises(Conflict, match="replaced meanwhile"):
        tariffs.new_version(
            MANAGER, tariff.tariff_id, JAN, FLAT, after.version, instead_of=first.version_id
        )


def test_a_version_holds_until_the_next_one(tariffs: Tariffs):
    tariff = made(tariffs, use_from=JAN)
    tariffs.new_version(MANAGER, tariff.tariff_id, JUNE, TRI, tariff.version)
    assert gross_at(tariffs, date(2026, 5, 31)) == pytest.approx(24.6 * CENT)
    assert gross_at(tariffs, JUNE) == 10 * CENT
    with pytest.raises(Conflict, match="already"):
        tariffs.new_version(MANAGER, tariff.tariff_id, JUNE, FLAT, tariff.version + 1)


def test_contracts_follow_each_other_and_keep_their_history(tariffs: Tariffs):
    old = made(tariffs, use_from=JAN)
    new = made(tariffs, use_from=MAY, name="Other supplier", terms=TRI)
    listed = {t.name: t.uses for t in tariffs.all()}
    assert listed == {"EDP": (Use(JAN, MAY),), "Other supplier": (Use(MAY, None),)}
    tariffs.put_in_use(MANAGER, old.tariff_id, JUNE, old.version)
    assert tariffs.get(old.tariff_id).uses == (Use(JAN, MAY), Use(JUNE, None))
    assert tariffs.in_use("import") == tariffs.get(old.tariff_id)
    assert tariffs.get(new.tariff_id).uses == (Use(MAY, JUNE),)


def test_a_stale_form_is_refused_and_changes_nothing(tariffs: Tariffs):
    tariff = made(tariffs, use_from=JAN)
    tariffs.rename(MANAGER, tariff.tariff_id, "EDP 2026", tariff.version)
    for stale in (
        lambda: tariffs.rename(MANAGER, tariff.tariff_id, "x", tariff.version),
        lambda: tariffs.new_version(MANAGER, tariff.tariff_id, JUNE, TRI, tariff.version),
        lambda: tariffs.put_in_use(MANAGER, tariff.tariff_id, MAY, tariff.version),
    ):
        with pytest.raises(Conflict, match="changed meanwhile"):
            stale()
    assert tariffs.get(tariff.tariff_id).name == "EDP 2026"
    assert len(tariffs.versions(tariff.tariff_id, replaced=True)) == 1
    assert tariffs.get(tariff.tariff_id).uses == (Use(JAN, None),)


def test_only_a_tariff_that_was_never_in_use_can_be_deleted(tariffs: Tariffs):
    used, spare = made(tariffs, use_from=JAN), made(tariffs, name="Spare")
    with pytest.raises(Conflict, match="in use"):
        tariffs.delete(MANAGER, used.tariff_id, used.version)
    tariffs.delete(MANAGER, spare.tariff_id, spare.version)
    assert [t.name for t in tariffs.all()] == ["EDP"]
    with pytest.raises(Unknown):
        tariffs.get(spare.tariff_id)


def test_whoever_may_only_view_changes_nothing(tariffs: Tariffs, carbon: Carbon):
    tariff = made(tariffs)
    for act in (
        lambda: tariffs.create(VIEWER, "x", "import", JAN, FLAT),
        lambda: tariffs.rename(VIEWER, tariff.tariff_id, "x", 1),
        lambda: tariffs.new_version(VIEWER, tariff.tariff_id, JUNE, TRI, 1),
        lambda: tariffs.put_in_use(VIEWER, tariff.tariff_id, JAN, 1),
        lambda: tariffs.delete(VIEWER, tariff.tariff_id, 1),
        lambda: carbon.set(VIEWER, JAN, 100.0),
        lambda: carbon.take_back(VIEWER, JAN, 0),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_what_is_not_acceptable_is_named_and_not_kept(tariffs: Tariffs):
    bad = Terms((energy(Flat(10**10)),))
    with pytest.raises(InvalidInput) as caught:
        tariffs.create(MANAGER, "", "import", date(1999, 1, 1), bad)
    assert [f.field for f in caught.value.fields] == [
        "name",
        "valid_from",
        "parts[0].pricing.mc_per_mwh",
    ]
    assert tariffs.all() == []
    made(tariffs)
    with pytest.raises(Conflict, match="already"):
        made(tariffs, name="edp ")


def test_the_other_direction_and_odd_periods_are_refused(tariffs: Tariffs):
    tariff = made(tariffs)
    day = local_day(TODAY, LISBON)
    with pytest.raises(InvalidInput, match="for import"):
        tariffs.prices("export", day, tariff.tariff_id)
    with pytest.raises(Unknown):
        tariffs.prices("import", day, 99)
    odd = Period.of_ms(day.start_ms + 1, day.end_ms)
    with pytest.raises(InvalidInput, match="quarter hour"):
        tariffs.prices("import", odd)


def test_every_change_is_in_the_audit_with_what_it_says(tariffs: Tariffs, database: Database):
    tariff = made(tariffs, use_from=JAN)
    tariffs.new_version(MANAGER, tariff.tariff_id, JUNE, TRI, tariff.version)
    tariffs.put_in_use(MANAGER, tariff.tariff_id, MAY, tariff.version + 1)
    said = audited(database)
    assert [(action, target) for action, target, _ in said] == [
        ("tariffs.create", "tariff/1"),
        ("tariffs.new_version", "tariff/1/version/2"),
        ("tariffs.put_in_use", "tariff/1"),
    ]
    assert said[1][2]["valid_from"] == "2026-06-01"
    assert '"Peak"' in str(said[1][2]["terms"])


def test_a_change_marks_the_settled_days_it_concerns_and_says_how_many_before(
    tariffs: Tariffs, database: Database
):
    settle(database, date(2026, 5, 20), 20)
    tariff = made(tariffs, use_from=JAN)
    assert len(waiting(database)) == 20
    effect = tariffs.effect_of_version(tariff.tariff_id, JUNE, TRI)
    assert (effect.first, effect.until, effect.settled_days) == (JUNE, None, 8)
    with database.write() as c:
        for day in Due().days(c, date(2027, 1, 1)):
            Due().done(c, day)
    tariffs.new_version(MANAGER, tariff.tariff_id, JUNE, TRI, tariff.version)
    assert waiting(database) == [JUNE + timedelta(days=n) for n in range(8)]


def test_a_scenario_marks_nothing(tariffs: Tariffs, database: Database):
    settle(database, MAY, 5)
    scenario = made(tariffs)
    assert tariffs.effect_of_version(scenario.tariff_id, JUNE, TRI) is None
    assert waiting(database) == []
    effect = tariffs.effect_of_use(scenario.tariff_id, date(2026, 5, 3))
    assert (effect.first, effect.until, effect.settled_days) == (date(2026, 5, 3), None, 3)


def test_a_dynamic_tariff_reads_its_feed_and_falls_back_to_last_week(
    tariffs: Tariffs, feeds: FakeFeeds
):
    pricing = Dynamic(1, 1_000_000, 0, Fallback("same_hour_last_week", 50 * CENT))
    made(tariffs, use_from=JAN, terms=Terms((energy(pricing),)))
    week_ago = local_day(TODAY - timedelta(days=7), LISBON)
    feeds.said[1] = [(week_ago.start_ms, week_ago.end_ms, 0.07)]
    track = tariffs.prices("import", local_day(TODAY, LISBON))
    assert track.gross == pytest.approx(7 * CENT)
    assert track.estimated.all()
    with pytest.raises(InvalidInput):
        made(tariffs, name="No feed", terms=Terms((energy(Dynamic(2, 1, 0, pricing.fallback)),)))


def test_terms_are_priced_before_anybody_saves_them(tariffs: Tariffs):
    direction: Direction = "import"
    track = tariffs.preview(TRI, direction, local_day(TODAY, LISBON))
    assert set(track.band) == {"Peak", "Full", "Off-peak"}
    assert tariffs.all() == []


# Carbon factors


def test_the_factor_is_assumed_until_somebody_sets_it(carbon: Carbon, database: Database):
    track = carbon.factors(local_day(TODAY, LISBON))
    assert (track.g_per_kwh == 150).all()
    assert track.assumed.all()
    settle(database, date(2026, 6, 14), 2)
    assert carbon.effect(date(2026, 6, 15)).settled_days == 1
    carbon.set(MANAGER, date(2026, 6, 15), 0.0)
    assert waiting(database) == [date(2026, 6, 15)]
    days = Period(local_midnight(date(2026, 6, 14), LISBON), local_midnight(TODAY, LISBON))
    track = carbon.factors(days)
    assert track.g_per_kwh.tolist() == [150] * 96 + [0] * 96
    assert track.assumed.tolist() == [True] * 96 + [False] * 96


def test_a_feed_of_factors_counts_where_it_says_something(carbon: Carbon, feeds: FakeFeeds):
    begin_ms = to_ms(local_midnight(TODAY, LISBON))
    feeds.said[2] = [(begin_ms + SLOT_MS, begin_ms + 3 * SLOT_MS, 90.0)]
    carbon.set(MANAGER, JAN, 200.0, feed_id=2)
    track = carbon.factors(local_day(TODAY, LISBON))
    assert track.g_per_kwh[:4].tolist() == [200, 90, 90, 200]
    assert track.assumed[:4].tolist() == [True, False, False, True]


def test_a_factor_can_be_taken_back_and_a_stale_form_is_refused(
    carbon: Carbon, clock: FixedClock, database: Database
):
    carbon.set(MANAGER, JAN, 180.0)
    (first,) = carbon.set_factors()
    clock.advance(60)
    carbon.set(MANAGER, JAN, 170.0, seen_made_ms=first.made_ms)
    with pytest.raises(Conflict):
        carbon.set(MANAGER, JAN, 160.0, seen_made_ms=first.made_ms)
    with pytest.raises(Conflict):
        carbon.set(MANAGER, JAN, 160.0)
    (now,) = carbon.set_factors()
    assert now.g_per_kwh == 170.0
    carbon.take_back(MANAGER, JAN, now.made_ms)
    assert carbon.set_factors() == []
    assert [action for action, _, _ in audited(database)] == [
        "carbon.set",
        "carbon.set",
        "carbon.take_back",
    ]


@pytest.mark.parametrize(
    ("g_per_kwh", "feed_id", "field"),
    [(None, None, "g_per_kwh"), (2000.5, None, "g_per_kwh"), (float("nan"), None, "g_per_kwh"),
     (100.0, 1, "feed_id")],
)  # fmt: skip
def test_a_factor_that_cannot_be_is_named(carbon: Carbon, g_per_kwh, feed_id, field: str):
    with pytest.raises(InvalidInput) as caught:
        carbon.set(MANAGER, JAN, g_per_kwh, feed_id)
    assert [f.field for f in caught.value.fields] == [field]
