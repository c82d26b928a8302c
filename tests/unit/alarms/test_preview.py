"""What a preview takes in is bounded by work, whatever sensors are called, and it says so."""

from zoneinfo import ZoneInfo

from domain.alarms.evaluate import Row, Trigger
from domain.alarms.lifecycle import Subject
from domain.alarms.model import Preview
from domain.alarms.preview import RING_WORK, judge
from domain.alarms.watches import Watch
from domain.telemetry.sums import Stretch
from pages._events_rules import preview_words

READINGS = 100
ROWS: list[Row] = [(at * 60_000, 20.0, 0) for at in range(1, READINGS + 1)]


def sensors(count: int, limit: float = 30.0) -> dict[str, list[tuple[int, list[Watch]]]]:
    return {
        f"S{n:03d}": [(n, [Watch(1, Subject(f"S{n:03d}", "temperature", "above"),
                                 Trigger("above", limit), "", 0)])]
        for n in range(count)
    }  # fmt: skip


def everything(series_id: int, after_ms: int, until_ms: int) -> Stretch:
    rows = [row for row in ROWS if after_ms < row[0] <= until_ms]
    return Stretch(rows, until_ms, len(rows))


def test_all_sensors_are_read_while_their_readings_are_few():
    assert judge(sensors(240), everything, 0, 10**9).sensors == 240


def test_reading_ends_with_the_work_and_at_a_whole_sensor():
    read: list[int] = []

    def noted(series_id: int, after_ms: int, until_ms: int) -> Stretch:
        read.append(series_id)
        return everything(series_id, after_ms, until_ms)

    judged = judge(sensors(240), noted, 0, 10**9, work=10 * READINGS - 1)
    assert judged.sensors == len(set(read)) == 10


def test_rings_are_work_too():
    work = READINGS + RING_WORK + 1
    assert judge(sensors(240, limit=10.0), everything, 0, 10**9, work).sensors == 2


def test_one_sensor_at_least_is_judged_however_much_it_has_measured():
    assert judge(sensors(3), everything, 0, 10**9, work=1).sensors == 1


def test_the_same_sensors_are_taken_each_time_and_not_the_first_by_name():
    def taken() -> list[int]:
        read: set[int] = set()

        def noted(series_id: int, after_ms: int, until_ms: int) -> Stretch:
            read.add(series_id)
            return everything(series_id, after_ms, until_ms)

        judge(sensors(240), noted, 0, 10**9, work=20 * READINGS)
        return sorted(read)

    assert taken() == taken()
    assert max(taken()) > 100


def words(**figures: int) -> str:
    given = {"events": 12, "rings": 12, "sensors": 240, "in_scope": 240, **figures}
    preview = Preview(0, 30 * 86_400_000, longest_ms=0, by_day=(), **given)
    return str(preview_words(preview, ZoneInfo("Europe/Lisbon")).to_plotly_json())


def test_the_page_says_on_how_many_sensors_a_rule_was_judged():
    partly = words(sensors=100)
    assert "Would have rung 12 times in the last 30 days, judged on 100 of 240 sensors" in partly
    assert "judged" not in words()


def test_a_rule_that_never_rang_on_some_sensors_does_not_claim_all():
    never = words(events=0, rings=0, sensors=100)
    assert "Would never have rung in the last 30 days, judged on 100 of 240 sensors" in never
