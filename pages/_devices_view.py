"""Devices as the page shows them: pure functions of devices and a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button
from components.cards import card
from components.comfort import floor_head
from components.devices import DeviceView, PowerView, device_card, device_grid
from components.marks import key_value
from components.states import empty
from domain.control.model import DEVICE_TYPES, SAFE_STATES, SHARINGS, DeviceNow, Discovered
from domain.control.views import Holding
from pages import _devices_told as told

ALL = "all"
NO_ROOM = "none"
ELSEWHERE = "Whole building"
STATE_WORDS = {
    ALL: "All devices",
    "speaking": "Speaking",
    "silent": "Silent",
    "unmetered": "Not metered",
}


Holdings = Mapping[str, Holding]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the cards need beside the devices: the moment, and whether buttons are theirs."""

    now_ms: int
    zone: ZoneInfo
    may_control: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """How the list is asked for; what is forged falls back to everything."""

    room: str = ALL
    kind: str = ALL
    state: str = ALL
    text: str = ""

    @classmethod
    def of(
        cls, room: str | None, kind: str | None, state: str | None, text: str | None
    ) -> ListQuery:
        """From the values of the controls."""
        return cls(
            str(room or ALL),
            str(kind) if kind in DEVICE_TYPES else ALL,
            str(state) if state in STATE_WORDS else ALL,
            str(text or "")[:60],
        )

    def keeps(self, now: DeviceNow) -> bool:
        """Whether the filters let a device through."""
        device = now.device
        words = f"{device.name} {device.device_id} {now.room or ''}".casefold()
        return (
            self.room in (ALL, str(device.room_id or NO_ROOM))
            and self.kind in (ALL, device.device_type)
            and self._keeps_state(now)
            and all(part in words for part in self.text.casefold().split())
        )

    def _keeps_state(self, now: DeviceNow) -> bool:
        match self.state:
            case "speaking":
                return not now.stale
            case "silent":
                return now.stale
            case "unmetered":
                return now.device.meter is None
        return True


def list_facts(devices: Sequence[DeviceNow]) -> str:
    """`15 · 14 speak, 1 silent`, or that there is none."""
    if not devices:
        return "none yet"
    counted = Counter("silent" if now.stale else "speak" for now in devices)
    words = [f"{counted['speak']} speak"] if counted["speak"] else []
    words += [f"{counted['silent']} silent"] if counted["silent"] else []
    return f"{len(devices)} · {', '.join(words)}"


def room_options(devices: Sequence[DeviceNow]) -> list[tuple[str, str]]:
    """The rooms that have devices, and what is in none."""
    rooms = {str(now.device.room_id): now.room or "" for now in devices if now.device.room_id}
    listed = sorted(rooms.items(), key=lambda room: room[1].casefold())
    return [(ALL, "All rooms"), *listed, (NO_ROOM, ELSEWHERE)]


def kind_options(devices: Sequence[DeviceNow]) -> list[tuple[str, str]]:
    """The types that occur."""
    kinds = {now.device.device_type for now in devices}
    return [(ALL, "All types"), *((k, w) for k, w in DEVICE_TYPES.items() if k in kinds)]


def device_list(
    devices: Sequence[DeviceNow],
    holdings: Holdings,
    query: ListQuery,
    shown: Shown,
    room_bar: Any = None,
) -> list[Any]:
    """Cards by room, what belongs to no room last; a bar below the head of a chosen room."""
    kept = sorted(filter(query.keeps, devices), key=_place)
    if not devices:
        return [no_devices()]
    if not kept:
        words = "Take a filter or a word of the search away."
        return [empty("No device matches", words, icon_name="search")]
    parts: list[Any] = []
    for room, listed in groupby(kept, key=lambda now: now.room):
        members = list(listed)
        parts.append(floor_head(room or ELSEWHERE, _count(len(members))))
        if query.room not in (ALL, NO_ROOM):
            parts.append(room_bar)
        cards = [
            device_card(view_of(now, holdings, shown), shown.now_ms, shown.zone) for now in members
        ]
        parts.append(device_grid(*cards))
    return parts


def _place(now: DeviceNow) -> tuple[bool, str, str]:
    return now.room is None, (now.room or "").casefold(), now.device.device_id


def _count(number: int) -> str:
    return f"{number} {'device' if number == 1 else 'devices'}"


def view_of(now: DeviceNow, holdings: Holdings, shown: Shown) -> DeviceView:
    """One device for its card."""
    device, now_ms, zone = now.device, shown.now_ms, shown.zone
    holding = holdings.get(device.device_id, told.NOTHING)
    return DeviceView(
        device_id=device.device_id,
        name=device.name,
        kind=device.device_type,
        kind_words=DEVICE_TYPES[device.device_type],
        href=f"/devices/{device.device_id}",
        power=power_view(now),
        says=says_words(now, now_ms, zone),
        says_state=now.state,
        told=told.told_words(holding, now_ms, zone),
        control=told.who_chip(holding.intent, now_ms, zone),
        acts=told.acts(holding, now, now_ms, zone) if shown.may_control else (),
        track=told.command_part(holding, now, now_ms, zone),
    )


def power_view(now: DeviceNow) -> PowerView:
    """Its power, by the meter where there is one."""
    key = None
    if now.power_source == "meter" and now.device.meter:
        key = "reading/" + "/".join(now.device.meter)
    elif now.power_source == "reported":
        key = f"reading/{now.device.device_id}/power"
    return PowerView(
        amount_kw=now.power_kw,
        live=key,
        ts_ms=now.power_ts_ms,
        interval_s=now.power_interval_s,
        state=now.power_state,
        measured=now.device.meter is not None,
        shared=now.power_source == "meter" and not now.alone_on_meter,
    )


def says_words(now: DeviceNow, now_ms: int, zone: ZoneInfo) -> str:
    """`On · 21.5 °C · auto`, or since when it says nothing."""
    report = now.report
    if report.said_ms is None:
        return "Nothing yet"
    if now.stale:
        word = "Offline" if report.available is False else "Silent"
        return f"{word} since {formats.moment(report.said_ms, now_ms, zone)}"
    said = [] if report.on is None else ["On" if report.on else "Off"]
    if report.setpoint_c is not None:
        said.append(formats.text("temperature", report.setpoint_c))
    if report.mode is not None:
        said.append(report.mode)
    if report.soc_percent is not None:
        said.append(f"{formats.text('percent', report.soc_percent)} charged")
    return " · ".join(said) or "Speaks"


def no_devices() -> html.Div:
    """Nothing is registered."""
    words = (
        "A device is what Wattboard may switch or set: a heat pump, lamps, a charger. Adopt one "
        "that speaks already, or add one by hand."
    )
    return empty("No devices yet", words, icon_name="device")


def discovered_card(found: Sequence[Discovered], shown: Shown) -> Any:
    """Strangers that speak, with when they last did, and who tests them."""
    rows: list[tuple[Any, Any]] = [
        (
            _stranger_name(one),
            _stranger_facts(one, shown),
        )
        for one in found
    ]
    return card("Discovered", key_value(rows), fact="they speak and are not registered")


def _stranger_name(one: Discovered) -> Any:
    device_id = one.report.device_id
    return html.Span([html.Strong(one.name), "" if one.name == device_id else f" {device_id}"])


def _stranger_facts(one: Discovered, shown: Shown) -> Any:
    said = [f"heard {formats.age(one.report.heard_ms, shown.now_ms, shown.zone)}"]
    said += [f"{one.trial.by_name} is testing it"] if one.trial else []
    words = html.Span(" · ".join(said))
    if not shown.may_control:
        return words
    act = button(
        "Adopt",
        small=True,
        attributes={
            "data-act": "adopt",
            "data-value": one.report.device_id,
            "aria-label": f"Adopt {one.name}",
        },
    )
    return html.Span([words, act], className="wb-device-stranger")


def facts_card(now: DeviceNow, meter_name: str | None, tested: str) -> Any:
    """What is known of a device; `tested` says how it was before it was registered."""
    device = now.device
    meter: Any = "none: what it does is reported, not metered"
    if device.meter:
        shared = "" if now.alone_on_meter else ", shared with other devices"
        meter = f"{meter_name or device.meter[0]}{shared}"
    rows: list[tuple[Any, Any]] = [
        ("Type", DEVICE_TYPES[device.device_type]),
        ("Room", now.room or ELSEWHERE),
        ("Meter", meter),
        ("Can be told", capability_words(now)),
        (
            "Least time on, off",
            f"{formats.span(device.min_on_s)}, {formats.span(device.min_off_s)}",
        ),
        ("Reaches a new power in", formats.span(device.ramp_s)),
        ("Rests, locked out, in", SAFE_STATES[device.safe_state].lower()),
        ("Demand response", "takes part" if device.dr_enabled else "does not take part"),
        ("Critical", "yes" if device.critical else "no"),
        ("Sharing", SHARINGS[device.sharing].lower()),
        ("Tested", tested),
    ]
    return card("Device", key_value(rows))


def capability_words(now: DeviceNow) -> str:
    """`on and off, 16 to 30 °C, auto, heat, cool or off`."""
    known = now.device.capabilities
    words = ["on and off"] if known.on_off else []
    for limits, unit in (
        (known.power_kw, "kW"),
        (known.setpoint_c, "°C"),
        (known.shed_percent, "% shed"),
    ):
        if limits is not None:
            words.append(f"{limits.low:g} to {limits.high:g} {unit}")
    if known.mode:
        words.append(formats.list_words(known.mode))
    return ", ".join(words) or "nothing"


def back_link() -> Any:
    """To the list."""
    return dcc.Link("All devices", href="/devices", className="wb-back")
