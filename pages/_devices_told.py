"""What devices were told, as the Devices pages show it: pure functions of holdings and a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button, command_state
from components.commands import STEP_LABELS, TrackStep, track
from components.marks import control_chip
from domain.control import words
from domain.control.arbitration import Intent
from domain.control.command_store import CommandStep
from domain.control.lifecycle import TERMINAL, Command
from domain.control.model import RELEASE, DeviceNow
from domain.control.owners import OWNERS
from domain.control.views import Holding

SHOWN_MS = 300_000
"""So long a command that has ended well is still shown on its card."""
FAILED_SHOWN_MS = 900_000
FAILED = ("contradicted", "rejected", "expired")
CHIP_OF_OWNER = {
    "safety": "safety",
    "lock_out": "lock_out",
    "grid": "safety",
    "reserve": "safety",
    "manual": "manual",
    "demand_response": "demand_response",
    "trade": "trade",
    "automation": "rule",
    "schedule": "schedule",
    "climate": "rule",
    "plan": "plan",
}
NOTHING = Holding(None, (), None, ())


def who_chip(intent: Intent | None, now_ms: int, zone: ZoneInfo) -> Any:
    """Who is in control until when; nothing where it follows its own rule."""
    if intent is None:
        return None
    until = formats.moment(intent.ends_ms, now_ms, zone)
    return control_chip(CHIP_OF_OWNER[intent.owner], holder_words(intent) or "", until)


def holder_words(intent: Intent | None) -> str | None:
    """`Manual (mia)`; nothing where it follows its own rule."""
    return None if intent is None else f"{OWNERS[intent.owner].label} ({intent.owner_name})"


def told_words(holding: Holding, now_ms: int, zone: ZoneInfo) -> Any:
    """What it was told and until when, one line each."""
    lines = [
        f"{words.told(command.command, command.value)} until "
        f"{formats.moment(command.ends_ms, now_ms, zone)}"
        for command in holding.told
        if command.command != RELEASE
    ]
    if lines:
        return [html.Span(line) for line in lines]
    if holding.intent is not None and holding.intent.owner == "lock_out":
        return "Locked out"
    return "Follows its own rule"


def shown_command(holding: Holding, now_ms: int) -> Command | None:
    """The newest command while it is of interest."""
    last = holding.last
    if last is None or last.ended_ms is None:
        return last
    kept_ms = FAILED_SHOWN_MS if last.state in FAILED else SHOWN_MS
    return last if now_ms - last.ended_ms <= kept_ms else None


def outcome(command: Command) -> Any:
    """Why it ended as it did, or what shows that it holds."""
    if command.state in FAILED:
        said = f"Not done: {command.reason}"
        return html.P(said, className="wb-device-outcome wb-device-outcome-failed", role="alert")
    if command.state in TERMINAL:
        return html.P(f"Ended: {command.reason}", className="wb-device-outcome")
    return None


def track_of(
    command: Command, steps: Sequence[CommandStep], zone: ZoneInfo, *, metered: bool
) -> list[TrackStep]:
    """The four steps with their times; the one that failed says how."""
    times = (command.requested_ms, command.sent_ms, command.acknowledged_ms, command.observed_ms)
    awaited = ("", "sending", "up to 10 s", "its meter" if metered else "its report")
    reached = max(place for place, at_ms in enumerate(times) if at_ms is not None)
    shown = []
    for place, (label, at_ms) in enumerate(zip(STEP_LABELS, times, strict=True)):
        state, said = "ahead", "–"
        if at_ms is not None:
            state, said = "done", formats.clock(at_ms, zone, seconds=True)
            if place == len(STEP_LABELS) - 1:
                state = "observed" if command.evidence == "meter" else "done"
                label = label if command.evidence == "meter" else "Reported"
        elif place == reached + 1 and command.state in FAILED:
            state, label = "failed", command.state.capitalize()
            said = formats.clock(command.ended_ms or 0, zone, seconds=True)
        elif place == reached + 1 and command.state not in TERMINAL:
            state, said = "current", awaited[place]
        shown.append(TrackStep(label, said, state))
    return shown


def state_button(command: Command, now_ms: int, zone: ZoneInfo, *, metered: bool) -> Any:
    """What stands in the button's place while a command is on its way."""
    match command.state:
        case "requested" if command.due_ms > now_ms:
            return command_state(f"Waits until {formats.clock(command.due_ms, zone)}", "waiting")
        case "requested":
            return command_state("Requesting", "waiting")
        case "sent":
            return command_state("Waiting for the device", "waiting")
        case "acknowledged":
            return command_state("Watching meter" if metered else "Watching report", "waiting")
        case "observed" if command.evidence == "meter":
            at = formats.clock(command.observed_ms or 0, zone, seconds=True)
            return command_state(f"Observed {at}", "observed")
        case "observed":
            return html.Span("Reported, not metered", className="wb-step")
    return None


def acts(holding: Holding, now: DeviceNow, now_ms: int, zone: ZoneInfo) -> list[Any]:
    """One button for a command, and release or unlock beside it."""
    device_id = now.device.device_id
    command = shown_command(holding, now_ms)
    running = command is not None and command.state in ("requested", "sent", "acknowledged")
    metered = now.device.meter is not None
    shown = [state_button(command, now_ms, zone, metered=metered)] if command else []
    locked = holding.intent is not None and holding.intent.owner == "lock_out"
    if not running and not locked and now.device.capabilities.commands:
        shown.append(act_button("Control", "control", device_id))
    manual = [one for one in holding.told if one.owner == "manual"]
    if manual:
        shown.append(act_button("Release", "release", device_id))
    if locked:
        shown.append(act_button("Unlock", "unlock", device_id))
    return [one for one in shown if one is not None]


def act_button(label: str, act: str, device_id: str) -> Any:
    """A button whose click the page's Events tells."""
    attributes = {"data-act": act, "data-value": device_id}
    return button(label, small=True, attributes=attributes)


def command_part(holding: Holding, now: DeviceNow, now_ms: int, zone: ZoneInfo) -> Any:
    """Track and outcome of the newest command, while it is of interest."""
    command = shown_command(holding, now_ms)
    if command is None:
        return None
    metered = now.device.meter is not None
    steps = track(track_of(command, holding.last_steps, zone, metered=metered))
    said = words.act(command.command, command.value)
    return html.Div([html.Span(said, className="wb-device-label"), steps, outcome(command)])
