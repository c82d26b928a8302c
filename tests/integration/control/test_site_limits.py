"""A site's limit from the main meter to the device: narrowed, held where nobody knows, let up."""

import pytest

from domain.access.policy import SYSTEM
from domain.alarms.model import EventQuery
from domain.control import command_store
from domain.control.arbitration import Intent
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed
from domain.foundation.intervals import Period
from domain.house import House
from domain.telemetry.model import Reading
from scheduler.jobs import _keep_limits
from tests.integration.control.playing import Play
from tests.integration.control.test_lifecycle import MANAGER, OPERATOR

HOUR_MS = 3_600_000
OTHERS_KW = 10.0


class Site:
    """A charger of 11 kW behind its meter, and all that is drawn beside it."""

    def __init__(self, house: House, clock: FixedClock) -> None:
        self.house, self.clock = house, clock
        house.building.register_sensor(SYSTEM, "MAIN", {"meter_role": "main", "interval_s": 10})
        house.telemetry.set_interval("MAIN", 10)
        self.play = Play(house, clock, "CHARGER", "METER_CAR")
        self.others_kw, self.silent = OTHERS_KW, False

    def pass_time(self, seconds: float) -> None:
        """Every ten seconds a measurement, the job, and turns of the dispatcher."""
        for _ in range(round(seconds / 10)):
            self.play.wait(10)
            if not self.silent:
                total_kw = self.others_kw + self.play.power_kw
                self.house.telemetry.ingest(
                    [Reading("MAIN", "power", self.clock.now_ms(), total_kw)]
                )
            _keep_limits(self.house)
            self.play.turn()

    def caps(self) -> list[Intent]:
        with self.house.database.read() as c:
            return [one for one in command_store.live_intents(c) if one.owner == "grid"]

    def ringing(self) -> list[str]:
        found = self.house.alarms.events(SYSTEM, EventQuery(state="active")).events
        return [event.cause for event in found if "limit" in event.cause]


@pytest.fixture
def site(controlled: House, clock: FixedClock) -> Site:
    made = Site(controlled, clock)
    made.pass_time(20)
    return made


def test_without_a_limit_nothing_is_held_and_nothing_rings(site: Site) -> None:
    site.silent = True
    site.pass_time(120)
    assert site.caps() == []
    assert site.ringing() == []
    assert site.house.control.limits.sides(SYSTEM) == []


def test_a_manual_charge_is_narrowed_to_what_the_site_has_left_and_let_up_in_steps(
    site: Site,
) -> None:
    control = site.house.control
    control.limits.set_own(MANAGER, 20.0, None)
    control.command(MANAGER, "CHARGER", "set_power_kw", 11.0, minutes=600)
    site.pass_time(60)
    assert site.others_kw + site.play.power_kw <= 20.0
    side = control.limits.sides(SYSTEM)[0]
    assert (side.direction, side.limit_kw, side.source, side.state) == (
        "import", 20.0, "Site limit", "narrowed",
    )  # fmt: skip
    assert "of 20.0 kW, other loads 10.0 kW" in side.words
    told = next(c for c in site.play.commands() if not c.ended)
    assert (told.owner, told.value) == ("manual", 9.2)
    limited = told.explanation["limited_by"]
    assert isinstance(limited, list)
    assert "grid limit: import" in limited[0]
    sent = len({message.command_id for message in site.play.sent})
    site.pass_time(300)
    assert len({message.command_id for message in site.play.sent}) == sent
    site.others_kw = 2.0
    site.pass_time(240)
    assert site.caps() == []
    assert site.play.power_kw == 11.0


def test_a_device_that_draws_by_its_own_rule_is_reduced_and_given_back(site: Site) -> None:
    """It draws 3 kW by itself, 10 kW beside it, and the grid operator orders 12 kW for an hour."""
    control, now_ms = site.house.control, site.clock.now_ms()
    order = control.limits.order(
        MANAGER,
        {"import_kw": 12.0, "ends_ms": now_ms + HOUR_MS, "reason": "Feeder work"},
    )
    site.pass_time(60)
    told = next(c for c in site.play.commands() if not c.ended)
    assert (told.owner, told.owner_name, told.value) == ("grid", "Grid operator", 1.5)
    period = Period.of_ms(now_ms, now_ms + HOUR_MS)
    assert {one.owner for one in control.committed(period)} == {"grid"}
    control.limits.end_order(MANAGER, order.order_id)
    site.pass_time(20)
    assert site.caps() == []
    assert site.play.power_kw == 3.0
    with pytest.raises(Conflict):
        control.limits.end_order(MANAGER, order.order_id)


def test_a_silent_main_meter_holds_rings_and_resumes_with_a_ramp(site: Site) -> None:
    control = site.house.control
    control.limits.set_own(MANAGER, 40.0, None)
    site.silent = True
    site.pass_time(90)
    assert control.limits.sides(SYSTEM)[0].state == "holding"
    assert "The main meter is silent" in site.ringing()[0]
    _, preview = control.command(MANAGER, "CHARGER", "set_power_kw", 11.0, minutes=600)
    assert preview.accepted == 3.0
    assert "main meter unknown" in preview.limited_by[0]
    site.pass_time(30)
    assert site.play.power_kw == 3.0
    site.silent = False
    drawn = []
    for _ in range(30):
        site.pass_time(10)
        drawn.append(site.play.power_kw)
    assert site.ringing() == []
    assert drawn == sorted(drawn)
    assert {3.0 < kw < 11.0 for kw in drawn} == {True, False}
    assert drawn[-1] == 11.0
    assert site.caps() == []


def test_a_device_that_does_not_follow_is_left_alone_and_the_limit_that_is_passed_rings(
    site: Site,
) -> None:
    site.play.fault = "refuse"
    site.house.control.limits.set_own(MANAGER, 12.0, None)
    site.pass_time(300)
    assert len([c for c in site.play.commands() if c.state == "rejected"]) == 1
    assert "kW above the site limit of 12.0 kW" in site.ringing()[0]


def test_limits_are_set_by_who_may_and_named_where_they_are_wrong(site: Site) -> None:
    limits = site.house.control.limits
    with pytest.raises(NotAllowed):
        limits.set_own(OPERATOR, 40.0, None)
    with pytest.raises(InvalidInput) as refused:
        limits.set_own(MANAGER, -1.0, "much")
    assert [entry.field for entry in refused.value.fields] == ["import_kw", "export_kw"]
    before = limits.own(SYSTEM)
    limits.set_own(MANAGER, 40.0, 30.0, before.version)
    with pytest.raises(Conflict):
        limits.set_own(MANAGER, 50.0, None, before.version)
    now_ms = site.clock.now_ms()
    for fields, field in (
        ({"ends_ms": now_ms + HOUR_MS}, "import_kw"),
        ({"import_kw": 5.0}, "ends_at"),
        ({"import_kw": 5.0, "ends_ms": now_ms}, "ends_at"),
        ({"import_kw": 5.0, "starts_ms": 0, "ends_ms": now_ms + HOUR_MS}, "starts_at"),
        ({"import_kw": 5.0, "ends_ms": now_ms + HOUR_MS, "reason": "x" * 301}, "reason"),
    ):
        with pytest.raises(InvalidInput) as refused:
            limits.order(MANAGER, fields)
        assert [entry.field for entry in refused.value.fields] == [field]
