"""The states of a command: nothing but what follows, and an end within its deadlines."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.control.lifecycle import (
    FOLLOWS,
    STATES,
    TERMINAL,
    Command,
    Pace,
    acknowledged,
    due_again,
    lapsed,
    last_deadline_ms,
    moved,
    observe_s,
    overdue,
)

LONG = os.environ.get("WATTBOARD_LONG") == "1"
AT_MS = 1_800_000_000_000
PACE = Pace()


def a_command(state: str = "requested", **more: object) -> Command:
    known: dict[str, object] = {
        "command_id": "c", "device_id": "D", "intent_id": 1, "owner": "manual", "owner_name": "m",
        "aspect": "run", "command": "off", "value": None, "state": state, "requested_ms": AT_MS,
        "due_ms": AT_MS, "ends_ms": AT_MS + 3_600_000, "expected": {}, "explanation": {},
    }  # fmt: skip
    return Command(**(known | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", STATES)
def test_only_what_follows_may_follow_and_every_end_has_its_reason(state: str) -> None:
    for then in STATES:
        if then in FOLLOWS[state]:
            after = moved(a_command(state), then, AT_MS, "because").command
            assert (after.ended_ms is not None) is (then in TERMINAL)
            assert (after.reason == "because") is (then in TERMINAL)
        else:
            with pytest.raises(ValueError, match="does not follow"):
                moved(a_command(state), then, AT_MS, "because")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ack", "done", "reject", "seen", "send", "wait"]),
            st.integers(0, 30_000),
        ),
        max_size=50 if LONG else 20,
    )
)
@settings(max_examples=500 if LONG else 30)
def test_whatever_happens_and_in_which_order_no_state_comes_back(
    happenings: list[tuple[str, int]],
) -> None:
    command, now_ms, been = a_command(), AT_MS, ["requested"]
    for what, wait_ms in happenings:
        now_ms += wait_ms
        found = None
        match what:
            case "ack" | "done" | "reject":
                status = {"ack": "accepted", "done": "done", "reject": "rejected"}[what]
                found = acknowledged(command, status, None, now_ms)
            case "seen" if command.state == "acknowledged":
                found = moved(command, "observed", now_ms, "seen", "meter")
            case "send" if command.state == "requested":
                found = moved(command, "sent", now_ms, "sent")
            case _:
                found = overdue(command, now_ms, PACE)
        if found is not None:
            command = found.command
            been.append(command.state)
    assert len(set(been)) == len(been)
    assert not any(state in TERMINAL for state in been[:-1])


@given(st.integers(0, 200_000))
def test_unsent_and_unanswered_commands_end_by_time_alone(waited_ms: int) -> None:
    for state in ("requested", "sent"):
        command = a_command(state, sent_ms=AT_MS, last_sent_ms=AT_MS)
        found = overdue(command, AT_MS + waited_ms, PACE)
        assert (found is not None) is (waited_ms > 10_000)
    assert last_deadline_ms(a_command(), 20, PACE) == AT_MS + 3_600_000


def test_a_lease_is_renewed_at_half_and_lost_after_its_whole() -> None:
    held = a_command("observed", last_sent_ms=AT_MS)
    assert not due_again(held, AT_MS + 29_999, PACE)
    assert due_again(held, AT_MS + 30_000, PACE)
    assert lapsed(held, AT_MS + 60_000, PACE) is None
    assert lapsed(held, AT_MS + 60_001, PACE) is not None


def test_what_is_unanswered_is_sent_again_before_its_deadline() -> None:
    sent = a_command("sent", sent_ms=AT_MS, last_sent_ms=AT_MS)
    assert [due_again(sent, AT_MS + ms, PACE) for ms in (0, 2_999, 3_000)] == [False, False, True]


def test_a_fast_building_clock_does_not_shorten_what_sockets_need() -> None:
    fast = Pace(60.0)
    sent = a_command("sent", sent_ms=AT_MS, last_sent_ms=AT_MS)
    assert overdue(sent, AT_MS + 599_000, fast) is None
    assert fast.lease_s == 3_600


def test_a_slow_meter_is_heard_out() -> None:
    assert (observe_s(0, 10), observe_s(30, 10), observe_s(0, 60)) == (25, 55, 150)
    assert observe_s(0, None) == 20


def test_second_and_late_answers_change_nothing() -> None:
    for state in ("acknowledged", "observed", *TERMINAL):
        assert acknowledged(a_command(state), "done", None, AT_MS) is None
    assert acknowledged(a_command("requested"), "done", None, AT_MS) is None
