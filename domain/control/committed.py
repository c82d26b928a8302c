"""What devices are already promised to do, quarter hour by quarter hour. Pure.

Everybody who wants something of a device later enters an intent that starts later; this is what
the table of precedence makes of all of them together, so that plans do not promise it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.control.arbitration import Intent, Setting, arbitrate
from domain.control.instructions import Participation
from domain.control.model import Device, Report, Value
from domain.foundation.intervals import Period

SLOT_MS = 900_000
BARRED_WORDS = "the device takes no part in this hour"


@dataclass(frozen=True, slots=True)
class Committed:
    """One aspect of a device in one quarter hour: who decides, and what it is told.

    `command` None is a lock-out that lets the device rest by its own rule. `power_kw` is what it is
    set to, or 0 where it is switched off; None where that is not known, as when it is switched on
    or reduced. `until_ms` is when the intent ends.
    """

    start_ms: int
    device_id: str
    aspect: str
    owner: str
    owner_name: str
    command: str | None
    value: Value
    power_kw: float | None
    until_ms: int
    intent_id: int


def committed(
    devices: Mapping[str, Device],
    intents: Iterable[Intent],
    period: Period,
    participations: Mapping[str, Sequence[Participation]],
    *,
    stopped_until_ms: int | None = None,
) -> list[Committed]:
    """The quarter hours of a period in which somebody decides about a device, by time and device.

    In each of them stands who decides at its beginning, or else first within it. What only a
    meter or a battery's charge could tell is not known ahead and bounds nothing here.

    Args:
        devices: Registered devices by id.
        intents: All that have not ended, whether or not their time has come.
        period: Only quarter hours that touch it.
        participations: Of devices that demand response asks for, what it may do with them.
        stopped_until_ms: Until when all automatic control rests.
    """
    by_device: dict[str, list[Intent]] = {}
    for intent in intents:
        apart = intent.ends_ms <= period.start_ms or intent.starts_ms >= period.end_ms
        if intent.ended_ms is None and not apart and intent.device_id in devices:
            by_device.setdefault(intent.device_id, []).append(intent)
    found: list[Committed] = []
    for device_id, asked in by_device.items():
        spans = participations.get(device_id, ())
        found += _of_device(devices[device_id], asked, period, spans, stopped_until_ms)
    return sorted(found, key=lambda one: (one.start_ms, one.device_id, one.aspect))


def _of_device(
    device: Device,
    intents: Sequence[Intent],
    period: Period,
    spans: Sequence[Participation],
    stopped_until_ms: int | None,
) -> list[Committed]:
    marks = {period.start_ms, *(span.start_ms for span in spans)}
    marks |= {moment for i in intents for moment in (i.starts_ms, i.ends_ms)}
    if stopped_until_ms is not None:
        marks.add(stopped_until_ms)
    changes = sorted(at for at in marks if period.start_ms <= at < period.end_ms)
    # Nobody knows its charge then, which must not read as “it holds”.
    ahead = Report(device.device_id, soc_percent=50.0)
    found: dict[tuple[int, str], Committed] = {}
    for place, from_ms in enumerate(changes):
        until_ms = changes[place + 1] if place + 1 < len(changes) else period.end_ms
        barred = any(
            span.start_ms <= from_ms < span.end_ms and span.word == "no-participation"
            for span in spans
        )
        settings = arbitrate(
            device,
            intents,
            ahead,
            from_ms,
            stopped=stopped_until_ms is not None and from_ms < stopped_until_ms,
            barred=BARRED_WORDS if barred else None,
        )
        decided = [one for one in settings if _holds(one)]
        for start_ms in range(from_ms - from_ms % SLOT_MS, until_ms, SLOT_MS):
            for setting in decided:
                key = start_ms, setting.aspect
                if key not in found:
                    found[key] = _row(start_ms, device, setting)
    return list(found.values())


def _holds(setting: Setting) -> bool:
    locked = setting.winner is not None and setting.winner.owner == "lock_out"
    return setting.command is not None or (locked and setting.aspect == "run")


def _row(start_ms: int, device: Device, setting: Setting) -> Committed:
    winner = setting.winner
    if winner is None:
        raise ValueError("nobody decides")
    power_kw = setting.value if setting.command == "set_power_kw" else None
    if setting.command == "off":
        power_kw = 0.0
    return Committed(
        start_ms=start_ms,
        device_id=device.device_id,
        aspect=setting.aspect,
        owner=winner.owner,
        owner_name=winner.owner_name,
        command=setting.command,
        value=setting.value,
        power_kw=power_kw if isinstance(power_kw, float) else None,
        until_ms=winner.ends_ms,
        intent_id=winner.intent_id,
    )
