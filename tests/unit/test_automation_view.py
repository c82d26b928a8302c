"""Rules, the log, dry runs and lanes as the Automation page says them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.automation.log_rows import COLUMNS, log_rows
from domain.automation.model import (
    Action,
    Coverage,
    Days,
    Decision,
    DryRun,
    Firing,
    FiringPage,
    Judged,
    Lane,
    LaneSpan,
    MetricTrigger,
    Names,
    Plan,
    Rule,
    Source,
    Target,
    TimeTrigger,
    Told,
)
from domain.calendar.model import Day
from domain.control.model import Capabilities, Device
from pages._automation_dry import dry_part, gaps
from pages._automation_lanes import axis_of, lane_view
from pages._automation_list import ListQuery, line_of, next_ms, rule_list
from pages._automation_log import log_list
from pages._automation_words import Shown, judged_words

ZONE = ZoneInfo("Europe/Lisbon")
NOW = int(datetime(2026, 6, 9, 9, 10, tzinfo=UTC).timestamp() * 1000)  # Tuesday 10:10
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DAYS = [
    Day(date(2026, 6, 9), "workday"),
    Day(date(2026, 6, 10), "holiday", "Portugal Day"),
    Day(date(2026, 6, 11), "workday"),
]
FAN = Device("FAN", "Fan", "fan", 3, None, None, Capabilities(on_off=True), 0, 0, 0, "off", False,
             False, "local", 1)  # fmt: skip
NAMES = Names({3: "Studio"}, {}, {"FAN": "Fan"})
AIR = Plan(
    MetricTrigger(Source("co2", room_id=3), "above", 1000, 300),
    actions=(Action(Target(device_id="FAN"), "on", None, 30),),
    cooldown_s=3600,
)


def rule(plan: Plan = AIR, enabled: bool = True, rule_id: int = 1, name: str = "Air") -> Rule:
    return Rule(rule_id, name, enabled, plan, 1, 0, 0, "mia")


def decision(outcome: str = "fired", ago_ms: int = 0, **more: object) -> Decision:
    seen = Judged("When the CO₂ of Studio is above 1,000 ppm", 1043.2, "ppm", True)
    made = Decision(NOW - ago_ms, NOW - ago_ms - 5 * MINUTE, outcome, seen)
    return replace(made, **more)  # type: ignore[arg-type]


TOLD = Told("FAN", "Fan", "on", None, NOW + HOUR, 7, "observed", "seen by its meter")


def shown(**more: object) -> Shown:
    return Shown(NOW, ZONE, NAMES, True, DAYS, {"FAN": FAN}, **more)  # type: ignore[arg-type]


def test_a_rule_says_when_it_fired_and_by_what() -> None:
    fired = {1: Firing(1, 1, "Air", decision(), (TOLD,))}
    line = line_of(rule(), "…", shown(fired=fired, newest=fired, holds={1: ["Fan"]}))
    assert line.facts == ["Fired 10:10: 1,043 ppm for 5 min"]
    assert "Holds Fan" in str(line.marks)
    assert line_of(rule(), "…", shown()).facts == ["Has not fired yet"]


def test_a_rule_says_what_it_would_not_do_and_why() -> None:
    late = Judged("it is between 08:00 and 10:00", None, "", False, "10:10")
    held = decision("condition", conditions=(late,))
    line = line_of(rule(), "…", shown(newest={1: Firing(2, 1, "Air", held)}))
    assert line.facts[1] == (
        "Not at 10:10: a condition was not met (it is between 08:00 and 10:00: 10:10)"
    )
    cooling = decision("cooldown", ready_ms=NOW + 20 * MINUTE)
    line = line_of(rule(), "…", shown(newest={1: Firing(3, 1, "Air", cooling)}))
    assert line.facts[1] == "Not at 10:10: too soon after the last time, ready 10:30"


@pytest.mark.parametrize(
    ("minute", "days", "at"),
    [
        (11 * 60, Days(), "2026-06-09T11:00"),
        (10 * 60, Days(), "2026-06-10T10:00"),
        (10 * 60, Days(("workday",)), "2026-06-11T10:00"),
        (10 * 60, Days(("holiday",)), "2026-06-10T10:00"),
        (0, Days((), (6,)), None),
    ],
)
def test_a_rule_of_the_clock_knows_when_it_comes_next(
    minute: int, days: Days, at: str | None
) -> None:
    expected = at and int(datetime.fromisoformat(at).replace(tzinfo=ZONE).timestamp() * 1000)
    assert next_ms(TimeTrigger(minute, days), shown()) == expected


def test_rules_are_found_by_word_room_device_and_state() -> None:
    other = rule(Plan(TimeTrigger(0), notice="x"), False, 2, "Other")
    rules = [rule(), other]
    seen = shown(holds={1: ["Fan"]})

    def names(*query: str | None) -> list[bool]:
        listed = str(rule_list(rules, ListQuery.of(*query), seen))
        return ["Strong('Air')" in listed, "Strong('Other')" in listed]

    assert names(None, None, None, None) == [True, True]
    assert names("co₂ studio", None, None, None) == [True, False]
    assert names("", "3", None, None) == [True, False]
    assert names("", None, "FAN", None) == [True, False]
    assert names("", None, None, "off") == [False, True]
    assert names("", None, None, "holds") == [True, False]
    assert names("", None, None, "forged") == [True, True]
    assert "No rule matches" in str(rule_list(rules, ListQuery("nowhere"), seen))
    assert "For example" in str(rule_list([], ListQuery(), seen))


def test_the_log_shows_values_conditions_and_what_became_of_the_commands() -> None:
    held = Judged("electricity costs less than 0.300 €/kWh", 0.25, "€/kWh", True)
    firing = Firing(9, 1, "Air", decision(conditions=(held,)), (TOLD,), "Aired")
    drawn = str(log_list(FiringPage((firing,), 9), shown(), continued=True))
    for words in (
        "is above 1,000 ppm: 1,043 ppm",
        "less than 0.300 €/kWh: 0.250 €/kWh",
        "On until 11:10",
        "In force: seen by its meter",
        "/devices/FAN",
        "“Aired”",
        '{"before": 9}',
        "Newest",
    ):
        assert words in drawn, words
    assert "Nothing in the log" in str(log_list(FiringPage((), None), shown(), continued=False))


def test_the_file_of_the_log_has_a_line_a_decision() -> None:
    (row,) = log_rows([Firing(9, 1, "Air", decision(), (TOLD,), None)])
    cells = dict(zip(COLUMNS, row, strict=True))
    assert cells["decided_at_utc"] == "2026-06-09T09:10:00Z"
    assert (cells["value"], cells["unit"], cells["outcome"]) == (1043.2, "ppm", "fired")
    assert cells["devices"] == "Fan: On until 2026-06-09T10:10:00Z (observed, seen by its meter)"


def test_a_dry_run_counts_days_and_says_what_was_not_known() -> None:
    decisions = (decision(ago_ms=2 * DAY), decision("cooldown", DAY), decision(ago_ms=HOUR))
    coverage = (Coverage("CO₂ of Studio", 0.5, 1200), Coverage("the price", 1.0, 720))
    run = DryRun(NOW - 30 * DAY, NOW, decisions, coverage, 1)
    drawn = str(dry_part(run, shown()))
    assert "In the last 30 days it would have fired 2 times, and been held back once." in drawn
    assert "Firings per day (most: 1)" in drawn
    assert gaps(coverage) == [
        "CO₂ of Studio: 1,200 values, known 50 % of the time; nothing comes of the gaps",
        "The price: 720 values, known all the time",
    ]
    never = DryRun(NOW - DAY, NOW, (), (Coverage("x", 0, 0),), 0)
    assert "it would never have fired." in str(dry_part(never, shown()))
    assert "cannot be tried" in str(dry_part(DryRun(0, 1, (), (), 0, cannot="No."), shown()))


def test_values_are_written_with_the_digits_they_need() -> None:
    def said(value: float | None, unit: str, words: str | None = None) -> str:
        return judged_words(Judged("", value, unit, True, words))

    assert said(1043.2, "ppm") == "1,043 ppm"
    assert said(21.46, "°C") == "21.5 °C"
    assert said(3.0, "kW") == "3 kW"
    assert said(100.0, "%") == "100 %"
    assert said(0.25, "€/kWh") == "0.250 €/kWh"
    assert said(None, "ppm") == "unknown"
    assert said(1.0, "", "occupied") == "occupied"


def test_lanes_begin_now_end_in_a_day_and_name_a_holiday() -> None:
    spans = (
        LaneSpan(NOW - HOUR, NOW + 6 * HOUR, 1, "Office", "set_setpoint_c", 21.5, "21.5 °C"),
        LaneSpan(NOW + 12 * HOUR, NOW + 40 * HOUR, 1, "Night", "off", None, "Off"),
        LaneSpan(NOW + 30 * HOUR, NOW + 31 * HOUR, 1, "Beyond", "off", None, "Off"),
    )
    view = lane_view(Lane("FAN", "Fan", spans), NOW, ZONE)
    assert [(bar.start, bar.end) for bar in view.bars] == [(0.0, 0.25), (0.5, 1.0)]
    assert view.bars[0].words == "21.5 °C, now to 16:10, by Office"
    assert view.bars[1].words == "Off, from 22:10 on, by Night"
    axis = axis_of(DAYS, NOW, ZONE)
    assert [words for _, words in axis.days] == ["Tue 9 Jun", "Wed 10 Jun · Portugal Day"]
    assert [words for _, words in axis.ticks][:2] == ["12:00", "15:00"]
    assert dict((words, at) for at, words in axis.ticks)["00:00"] == axis.days[1][0]


def test_lanes_keep_their_hours_when_the_clock_goes_back() -> None:
    before = int(datetime(2026, 10, 24, 20, 0, tzinfo=UTC).timestamp() * 1000)
    axis = axis_of([], before, ZONE)
    assert [words for _, words in axis.ticks].count("03:00") == 1
    assert all(0 < at < 1 for at, _ in axis.ticks)
