"""The life of a command, as a machine of states with a deadline for each. Pure.

requested → sent → acknowledged → observed → completed; every other end says why. Time may only
end a command or let it be sent again; what the device and its meter say moves it on.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from domain.control.model import RELEASE, Value

State = Literal[
    "requested",
    "sent",
    "acknowledged",
    "observed",
    "completed",
    "rejected",
    "contradicted",
    "expired",
    "superseded",
    "cancelled",
]
STATES: tuple[State, ...] = get_args(State)
TERMINAL = frozenset(STATES[4:])
FOLLOWS: dict[str, frozenset[str]] = {
    "requested": frozenset({"sent", "rejected", "expired", "superseded", "cancelled"}),
    "sent": frozenset({"acknowledged", "rejected", "expired", "superseded", "cancelled"}),
    "acknowledged": frozenset(
        {"observed", "completed", "contradicted", "rejected", "expired", "superseded", "cancelled"}
    ),
    "observed": frozenset({"completed", "rejected", "expired", "superseded"}),
    **{state: frozenset() for state in TERMINAL},
}
LEASE_S = 60.0
ACKNOWLEDGE_S = 10.0
RETRY_S = 3.0
OBSERVE_S = 20.0
SET_BACK = "the building's clock was set back"
METER_INTERVALS = 2.5
"""A meter that speaks seldom is heard out for so many of its intervals."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Spans of the protocol in building time [ms]; sockets do not run faster with its clock."""

    speed: float = 1.0

    def ms(self, seconds: float) -> int:
        """Real seconds as building milliseconds."""
        return round(seconds * 1000 * max(1.0, self.speed))

    @property
    def lease_s(self) -> float:
        """How long a device obeys without a renewal [building s]."""
        return LEASE_S * max(1.0, self.speed)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a device is told, and what became of it; times on building time."""

    command_id: str
    device_id: str
    intent_id: int | None
    owner: str
    owner_name: str
    aspect: str
    command: str
    value: Value
    state: str
    requested_ms: int
    due_ms: int
    ends_ms: int
    expected: "dict[str, object]"
    explanation: "dict[str, object]"
    evidence: str | None = None
    sent_ms: int | None = None
    acknowledged_ms: int | None = None
    observed_ms: int | None = None
    ended_ms: int | None = None
    last_sent_ms: int | None = None
    last_heard_ms: int | None = None
    times_sent: int = 0
    fence: int | None = None
    reason: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing can become of it any more."""
        return self.state in TERMINAL


@dataclass(frozen=True, slots=True)
class Moved:
    """A command after something happened to it, with the words of the step."""

    command: Command
    words: str
    through: "Moved | None" = None
    """A state it passed on the way, at the same moment."""


def moved(
    command: Command, state: str, at_ms: int, words: str, evidence: str | None = None
) -> Moved:
    """The command in its next state. Raises ValueError where that does not follow."""
    if state not in FOLLOWS[command.state]:
        raise ValueError(f"{state} does not follow {command.state}")
    changes: dict[str, object] = {"state": state}
    if state in TERMINAL:
        changes |= {"ended_ms": at_ms, "reason": words[:300]}
    else:
        changes[f"{state}_ms"] = at_ms
    if evidence is not None:
        changes["evidence"] = evidence
    return Moved(replace(command, **changes), words)  # type: ignore[arg-type]


def acknowledged(command: Command, status: str, reason: str | None, at_ms: int) -> Moved | None:
    """What an acknowledgement makes of a command; None where it changes nothing."""
    if command.ended or command.state == "requested":
        return None
    if status == "rejected":
        return moved(command, "rejected", at_ms, f"the device refused: {reason or 'no reason'}")
    if command.state != "sent":
        return None
    if command.command == RELEASE:
        heard = moved(command, "acknowledged", at_ms, "the device acknowledged")
        ended = moved(heard.command, "completed", at_ms, "the device follows its own rule")
        return replace(ended, through=heard)
    return moved(command, "acknowledged", at_ms, "the device acknowledged")


def observe_s(ramp_s: float, interval_s: float | None) -> float:
    """How long the effect may take to show [building s]."""
    return max(OBSERVE_S, METER_INTERVALS * (interval_s or 0.0)) + ramp_s


def set_back(requested_ms: int, now_ms: int, pace: Pace) -> bool:
    """Whether the clock has been set back since something was asked for.

    Its leases and deadlines lie in a future that the device does not wait for. Clocks of two
    machines may differ by less.
    """
    return requested_ms > now_ms + pace.ms(LEASE_S)


def overdue(command: Command, now_ms: int, pace: Pace) -> Moved | None:
    """What time alone makes of a command that waits to be sent or answered."""
    if set_back(command.requested_ms, now_ms, pace):
        return moved(command, "expired", now_ms, SET_BACK)
    if command.state == "requested":
        if now_ms >= command.ends_ms:
            return moved(command, "expired", now_ms, "its time was over before it could be sent")
        if now_ms > command.due_ms + pace.ms(ACKNOWLEDGE_S):
            return moved(command, "expired", now_ms, "it could not be sent: no way to the device")
    if command.state == "sent":
        since_ms = command.sent_ms or command.requested_ms
        if now_ms > since_ms + pace.ms(ACKNOWLEDGE_S):
            return moved(command, "expired", now_ms, "the device did not answer in time")
    return None


def lapsed(command: Command, now_ms: int, pace: Pace) -> Moved | None:
    """The end of a command whose lease nobody could renew in time: the device no longer obeys."""
    if command.state not in ("acknowledged", "observed") or command.last_sent_ms is None:
        return None
    if now_ms <= command.last_sent_ms + round(pace.lease_s * 1000):
        return None
    return moved(command, "expired", now_ms, "its lease passed before it could be renewed")


def unheard(command: Command, spoke_ms: int | None, now_ms: int, pace: Pace) -> Moved | None:
    """The end of a command whose device said nothing for a whole lease: it may obey no longer.

    Any word counts: an answer to a renewal, or at `spoke_ms` a report of the device.
    """
    if command.state not in ("acknowledged", "observed") or command.times_sent < 2:
        return None
    known_ms = max(command.acknowledged_ms or 0, command.last_heard_ms or 0, spoke_ms or 0)
    if now_ms <= known_ms + round(pace.lease_s * 1000):
        return None
    words = "the device was silent for a whole lease: it may obey no longer"
    return moved(command, "expired", now_ms, words)


def due_again(command: Command, now_ms: int, pace: Pace) -> bool:
    """Whether it is to be sent: for the first time, once more, or to renew its lease at half."""
    if command.state == "requested":
        return now_ms >= command.due_ms
    if command.last_sent_ms is None:
        return command.state == "sent"
    waited_ms = now_ms - command.last_sent_ms
    if waited_ms < 0:  # the clock was set back a little; the device's lease runs on
        return command.command != RELEASE
    if command.state == "sent":
        return waited_ms >= pace.ms(RETRY_S)
    if command.state in ("acknowledged", "observed") and command.command != RELEASE:
        return waited_ms >= round(pace.lease_s * 500)
    return False


def last_deadline_ms(command: Command, observe_for_s: float, pace: Pace) -> int:
    """When the last of its deadlines passes; it has ended at most 60 s later."""
    answered_ms = command.due_ms + 2 * pace.ms(ACKNOWLEDGE_S)
    return max(command.ends_ms, answered_ms + round(observe_for_s * 1000))
