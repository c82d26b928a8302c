"""Who is told when: severity, rooms, hours, delay, quiet hours, digest, escalation."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.alarms.model import Event
from domain.alarms.notify import Channel, letter, retry_after_s, verdict
from domain.alarms.targets import checked_address, refusal, signature
from domain.foundation.clock import to_ms
from domain.foundation.errors import InvalidInput

LISBON = ZoneInfo("Europe/Lisbon")
TEN = to_ms(datetime(2026, 6, 16, 9, 0, tzinfo=UTC))  # 10:00 in Lisbon
MINUTE, HOUR = 60_000, 3_600_000

CHANNEL = Channel(
    1, 7, "olga", "Mail", "mail", "olga@example.org", "s", True, "warning", None,
    None, None, None, None, 0, 0, 0, 0, 1,
)  # fmt: skip
EVENT = Event(
    event_id=5, rule_id=1, rule_name="Too hot", kind="limit", service="sensors",
    severity="warning", cause="T1: temperature 27.0 °C, above 26.0 °C", room_id=3, sensor_id="T1",
    started_ms=TEN - MINUTE, raised_ms=TEN, rang_ms=TEN, cleared_ms=None, acknowledged_ms=None,
    acknowledged_by=None, comment=None, silenced_until_ms=0, silenced_by=None, rings=1,
    repeats=0, sensor_count=1,
)  # fmt: skip


def told(now_ms: int = TEN, event: Event = EVENT, **channel: object) -> str:
    wanted = replace(CHANNEL, **channel)  # type: ignore[arg-type]
    return verdict(wanted, event, frozenset({3}), now_ms, LISBON)


def test_what_rings_is_told_at_once():
    assert told() == "send"


@pytest.mark.parametrize(("least", "said"), [("info", "send"), ("fault", "never")])
def test_only_from_the_wanted_severity_on(least, said):
    assert told(min_severity=least) == said


def test_only_of_the_wanted_rooms():
    assert told(room_ids=frozenset({3, 4})) == "send"
    assert told(room_ids=frozenset({4})) == "never"


def test_what_rang_before_the_channel_was_there_is_not_told():
    assert told(since_ms=TEN + 1) == "never"


def test_a_delay_lets_short_events_pass():
    over = replace(EVENT, cleared_ms=TEN + MINUTE)
    assert told(TEN + 4 * MINUTE, delay_s=300) == "wait"
    assert told(TEN + 5 * MINUTE, delay_s=300) == "send"
    assert told(TEN + 2 * MINUTE, over, delay_s=300) == "never"


def test_acknowledged_is_not_told():
    assert told(event=replace(EVENT, acknowledged_ms=TEN)) == "never"


def test_silenced_waits_until_it_may_ring():
    silenced = replace(EVENT, silenced_until_ms=TEN + HOUR)
    assert told(TEN, silenced) == "wait"
    assert told(TEN + HOUR, silenced) == "send"


def test_hours_are_those_in_which_it_rang():
    assert told(from_minute=8 * 60, to_minute=18 * 60) == "send"
    assert told(from_minute=18 * 60, to_minute=8 * 60) == "never"
    late = replace(EVENT, raised_ms=TEN + 12 * HOUR)
    assert told(TEN + 12 * HOUR, late, from_minute=18 * 60, to_minute=8 * 60) == "send"


def test_quiet_hours_postpone_what_lasts_and_drop_what_is_over():
    quiet = {"quiet_from_minute": 9 * 60, "quiet_to_minute": 12 * 60}
    assert told(**quiet) == "wait"
    assert told(TEN + 2 * HOUR, **quiet) == "send"
    assert told(event=replace(EVENT, cleared_ms=TEN + 1), **quiet) == "never"


def test_a_digest_gathers_and_tells_of_what_is_over_too():
    over = replace(EVENT, raised_ms=TEN + MINUTE, cleared_ms=TEN + 2 * MINUTE)
    assert told(TEN + 59 * MINUTE, over, digest_s=3600) == "wait"
    assert told(TEN + 60 * MINUTE, over, digest_s=3600) == "send"


def test_escalation_tells_only_of_what_nobody_acknowledged():
    assert told(TEN + 29 * MINUTE, escalation_s=1800) == "wait"
    assert told(TEN + 30 * MINUTE, escalation_s=1800) == "send"
    taken = replace(EVENT, acknowledged_ms=TEN + MINUTE)
    assert told(TEN + 30 * MINUTE, taken, escalation_s=1800) == "never"


def test_nobody_is_told_of_yesterday():
    assert told(TEN + 25 * HOUR) == "never"


def test_one_message_tells_of_all_the_most_urgent_first():
    events = [replace(EVENT, event_id=n) for n in range(30)]
    fault = replace(EVENT, severity="fault", cause="No data is taken in: down")
    text = letter([*events, fault], "Demo", LISBON, "https://desk/", escalated=False)
    assert text.subject == "Demo: Fault: No data is taken in: down and 30 more"
    assert text.body.splitlines()[0].startswith("Fault: No data")
    assert "… and 11 more" in text.body
    assert text.body.endswith("https://desk/events\n")
    assert len(json.loads(text.payload)["events"]) == 31


def test_a_subject_is_one_line_whatever_a_sensor_is_called():
    text = letter([replace(EVENT, cause="a\r\nBcc: x@y")], "Demo", LISBON, None, escalated=True)
    assert text.subject == "Demo: Not acknowledged: Warning: a Bcc: x@y"


def test_retries_back_off_and_end():
    pauses = [retry_after_s(n) for n in range(1, 7)]
    assert pauses == [30, 120, 600, 1800, 5400, None]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::1",
     "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_a_webhook_reaches_nothing_inside_unless_allowed(address):
    assert refusal("hook.example", address, frozenset()) is not None
    assert refusal("hook.example", address, {"hook.example"}) is None
    assert refusal("hook.example", address, {address}) is None


def test_a_webhook_reaches_what_is_outside():
    assert refusal("hook.example", "8.8.8.8", frozenset()) is None


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("webhook", "ftp://example.org/x"),
        ("webhook", "file:///etc/passwd"),
        ("webhook", "https://user:pass@example.org/"),
        ("webhook", "https://"),
        ("webhook", "http://[bad/"),
        ("webhook", "https://example.org/\r\nX: y"),
        ("mail", "nobody"),
        ("mail", "a@b\r\nBcc: c@d"),
        ("mail", "a@b, c@d"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(kind, address):
    with pytest.raises(InvalidInput):
        checked_address(kind, address)


def test_a_signature_is_the_hmac_of_the_body():
    expected = "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    body = b"The quick brown fox jumps over the lazy dog"
    assert signature("key", body) == expected
