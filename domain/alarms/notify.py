"""Who is told of which event when, and in which words. Pure, on building time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from domain.alarms.model import SEVERITIES, SEVERITY_LABELS, Event
from domain.alarms.wire import as_dict
from domain.foundation.clock import from_ms, iso_utc

Verdict: TypeAlias = Literal["wait", "send", "never"]
KEPT_MS = 86_400_000
"""An event that nobody could be told of for a day is told no more."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Channel:
    """How one person wants to be told; minutes are of the local day, None is always.

    `escalation_s` makes it a second line: it is told only of what nobody has acknowledged for so
    long. A digest gathers what is told in each `digest_s`. Who may be told only in certain hours
    (`from_minute`) is never told of what rang outside them; quiet hours only postpone. `since_ms`
    is when it was made or switched on: older events are not told. `secret` is the sealed key.
    """

    channel_id: int
    user_id: int
    owner: str
    name: str
    kind: str
    address: str
    secret: str = field(repr=False)
    enabled: bool
    min_severity: str
    room_ids: frozenset[int] | None
    from_minute: int | None
    to_minute: int | None
    quiet_from_minute: int | None
    quiet_to_minute: int | None
    delay_s: int
    digest_s: int
    escalation_s: int
    since_ms: int
    version: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What one delivery says: a subject and text for people, JSON for programs."""

    subject: str
    body: str
    payload: str


def verdict(
    channel: Channel, event: Event, rooms: frozenset[int], now_ms: int, zone: ZoneInfo
) -> Verdict:
    """Whether a channel is told of an event now; `rooms` are those of the event's members."""
    if not _concerns(channel, event, rooms) or now_ms - event.raised_ms > KEPT_MS + _lead(channel):
        return "never"
    if not within(event.raised_ms, channel.from_minute, channel.to_minute, zone, unset=True):
        return "never"
    if event.acknowledged:
        return "never"
    if event.silent(now_ms):
        return "wait"
    if channel.escalation_s:
        # Neither quiet hours nor being over keep it from the last who can be told.
        return "send" if now_ms >= event.raised_ms + channel.escalation_s * 1000 else "wait"
    ready_ms = event.raised_ms + channel.delay_s * 1000
    quiet = within(now_ms, channel.quiet_from_minute, channel.quiet_to_minute, zone)
    if now_ms < ready_ms or quiet:
        return "wait" if event.active else "never"
    if channel.digest_s and now_ms // (channel.digest_s * 1000) == ready_ms // (
        channel.digest_s * 1000
    ):
        return "wait"
    return "send"


def _lead(channel: Channel) -> int:
    return (channel.delay_s + channel.digest_s + channel.escalation_s) * 1000


def _concerns(channel: Channel, event: Event, rooms: frozenset[int]) -> bool:
    if not channel.enabled or event.raised_ms < channel.since_ms:
        return False
    if SEVERITIES.index(event.severity) > SEVERITIES.index(channel.min_severity):
        return False
    return channel.room_ids is None or bool(channel.room_ids & rooms)


def within(
    at_ms: int,
    from_minute: int | None,
    to_minute: int | None,
    zone: ZoneInfo,
    *,
    unset: bool = False,
) -> bool:
    """Whether a moment lies in local hours, which may run over midnight; not set gives `unset`."""
    if from_minute is None or to_minute is None or from_minute == to_minute:
        return unset
    local = from_ms(at_ms).astimezone(zone)
    minute = local.hour * 60 + local.minute
    if from_minute < to_minute:
        return from_minute <= minute < to_minute
    return minute >= from_minute or minute < to_minute


def letter(
    events: Sequence[Event],
    building: str,
    zone: ZoneInfo,
    public_url: str | None,
    *,
    escalated: bool,
) -> Letter:
    """One message of all events, the most urgent first."""
    ordered = sorted(events, key=lambda e: (SEVERITIES.index(e.severity), e.started_ms))
    first = ordered[0]
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    again = "Not acknowledged: " if escalated else ""
    subject = f"{building}: {again}{SEVERITY_LABELS[first.severity]}: {first.cause}{more}"
    lines = [_line(event, zone) for event in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        lines.append(f"… and {len(ordered) - SHOWN} more")
    if public_url:
        lines += ["", f"{public_url.rstrip('/')}/events"]
    payload = {
        "building": building,
        "escalated": escalated,
        "events": [as_dict(event, None) for event in ordered],
    }
    clean = " ".join(subject.split())
    return Letter(clean[:200], "\n".join(lines) + "\n", json.dumps(payload, ensure_ascii=False))


def trial_letter(building: str, now_ms: int) -> Letter:
    """What the test button sends."""
    payload = {"building": building, "test": True, "sent_at": iso_utc(from_ms(now_ms))}
    body = "This is a test of your notifications. Nothing has happened.\n"
    return Letter(f"{building}: test of notifications", body, json.dumps(payload))


def retry_after_s(attempts: int) -> int | None:
    """Real seconds to the next try after so many; None gives up, after about two hours."""
    steps = (30, 120, 600, 1800, 5400)
    return steps[attempts - 1] if attempts <= len(steps) else None


def _line(event: Event, zone: ZoneInfo) -> str:
    since = from_ms(event.started_ms).astimezone(zone)
    state = "" if event.active else ", over by now"
    rung = f", rang again {event.repeats} ×" if event.repeats else ""
    label = SEVERITY_LABELS[event.severity]
    return f"{label}: {event.cause} (since {since:%a %d %b %H:%M}{rung}{state})"
