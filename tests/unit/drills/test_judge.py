"""Within which time a device must be safe, and for how long it is told something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.lifecycle import Pace
from domain.drills.judge import LONGEST_S, limit_of, minutes_of, span_ms
from domain.drills.model import FAULTS, Drill, Limit


@pytest.mark.parametrize(
    ("fault", "speed", "seconds"),
    [
        ("lost_broker", 1, 60 + 20 + 10 + 5),
        ("dead_scheduler", 1, 60 + 20 + 10 + 5),
        ("silent_device", 1, 60 + 10 + 20 + 10 + 5),
        ("stale_meter", 1, 10 + (25 + 20) + 20 + 10 + 5),
        ("lost_broker", 10, 600 + 20 + 10 + 50),
    ],
)
def test_the_limit_is_the_lease_the_ramp_and_the_meter(
    fault: str, speed: float, seconds: float
) -> None:
    limit = limit_of(fault, 20, 10, Pace(speed))
    assert limit.total_s == seconds
    assert all(f"{name} {part:g} s" in limit.words for name, part in limit.parts)


def drill(fault: str, limit: Limit, ends_ms: int) -> Drill:
    return Drill(
        0, "A", "A", fault, "off", None, "mia", 0, "M", "power", limit, 10, ends_ms=ends_ms
    )


@given(
    fault=st.sampled_from(sorted(FAULTS)),
    ramp_s=st.integers(0, 20),
    interval_s=st.sampled_from([1.0, 10.0]),
    speed=st.sampled_from([1.0, 5.0, 60.0]),
)
def test_a_usual_device_is_told_past_its_lease_and_freed_in_three_minutes(
    fault: str, ramp_s: int, interval_s: float, speed: float
) -> None:
    pace = Pace(speed)
    limit = limit_of(fault, ramp_s, interval_s, pace)
    told_ms = minutes_of(fault, limit, ramp_s, interval_s, pace) * 60_000
    assert told_ms >= pace.lease_s * 1000
    lasts_ms = span_ms(drill(fault, limit, told_ms), 0, pace)
    assert lasts_ms >= limit.total_s * 1000
    assert lasts_ms <= pace.ms(LONGEST_S)
    if fault == "dead_scheduler":
        assert told_ms < lasts_ms  # over before anybody could send it again
