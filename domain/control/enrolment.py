"""Devices come and go: tested before they are registered, given back when they are deleted.

A device on trial is known to the dispatcher, to who tests it, and to nobody else: in the table it
is a deleted one that is still served for a while. What is not saved until then is forgotten by time
alone, after a killed process too: its intent ends, the dispatcher gives it back, its lease passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import SYSTEM, Actor
from domain.control import command_store, device_store, lifecycle
from domain.control.capabilities import command_value
from domain.control.command_store import CommandStep
from domain.control.lifecycle import Command
from domain.control.model import Device, Trial
from domain.control.observation import Expected
from domain.control.registry import CONTROL, shown
from domain.control.requests import Requests
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import Conflict, InvalidInput, Unknown

TRIAL_S = 60.0
"""So long a device is moved for a test, or longer where its meter needs it."""
KEPT_S = 900.0
"""So long after its end a test can still be saved with the device."""
REASON = "test before it is registered"


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial with the command that moves the device, as far as it has come."""

    trial: Trial
    command: Command
    steps: tuple[CommandStep, ...]

    @property
    def expected(self) -> Expected:
        """What should show."""
        return Expected(**self.command.expected)  # type: ignore[arg-type]  # as it was written


def proves(tested: Device, command: Command, saved: Device) -> bool:
    """Whether a test speaks for a device as it is saved: it showed, at the meter that counts."""
    if command.observed_ms is None or tested.meter != saved.meter:
        return False
    try:
        value = command_value(saved.capabilities, command.command, command.value)
    except InvalidInput:
        return False
    return value == command.value


class Enrolment(Requests):
    """Trials, registering and deleting; each act with its audit row in one transaction."""

    # ---- trials ----------------------------------------------------------------------------

    def try_out(
        self,
        actor: Actor,
        device_id: str,
        fields: Mapping[str, object],
        command: str,
        value: object = None,
    ) -> Tried:
        """Move a device that is not registered, for a minute, with the fields it would get.

        A test of one's own that runs still is followed by the new one.

        Raises NotAllowed, InvalidInput, and Conflict: `device_exists`, `on_trial` by another,
        `held` by its least time.
        """
        actor.require(CONTROL)
        device = self.checked(device_id, fields)
        if device.device_type == "battery":
            actor.require("batteries.control")
        with self._database.write() as c:
            now_ms = self._clock.now_ms()
            device_store.forget_trials(c, now_ms)
            ends_ms = now_ms + self._trial_ms(device)
            kept_ms = max(self._give_back_ms(), self.dispatching.pace.ms(KEPT_S))
            trial = Trial(device, actor.name[:100], ends_ms + kept_ms)
            command_store.hold_device(c, device_id)
            self._begin(c, trial, now_ms)
            live = command_store.live_intents(c, [device_id])
            changed = self._end_intents(c, live, "tested anew", "superseded")
            wanted = self._manual(actor, device, command, value, 1, REASON, None)
            wanted = replace(wanted, ends_ms=ends_ms)
            preview = self._previewed(c, device, wanted)
            if preview.starts_ms > wanted.starts_ms:  # its least time is not over
                until = iso_utc(from_ms(preview.starts_ms))
                why = preview.limited_by[-1]
                said = f"It cannot be switched yet: {why}."
                raise Conflict(said, code="held", until=until)
            intent = replace(wanted, intent_id=command_store.insert_intent(c, wanted))
            made = self._ask(c, device, intent, preview)
            tested = replace(device, test_command_id=made.command_id)
            device_store.put_trial(c, replace(trial, device=tested), now_ms)
            after = {
                "command_id": made.command_id,
                "command": made.command,
                "accepted": made.value,
                "until": iso_utc(from_ms(made.ends_ms)),
                "device": shown(device),
            }
            record(c, actor, "control.trial", f"device/{device_id}", after=after)
        self._tell([*changed, made])
        return self._tried(trial=replace(trial, device=tested))

    def trial(self, actor: Actor, device_id: str) -> Tried | None:
        """The trial of a device that this actor runs; None where there is none.

        Raises NotAllowed.
        """
        actor.require(CONTROL)
        with self._database.read() as c:
            found = device_store.read_trials(c, self._clock.now_ms()).get(device_id)
        if found is None or found.by_name != actor.name[:100]:
            return None
        return self._tried(found)

    def end_trial(self, actor: Actor, device_id: str, *, forget: bool = True) -> bool:
        """Give a device back that one tests oneself; false where one does not.

        What the test has shown can still be saved with it, unless it is to be forgotten.

        Raises NotAllowed.
        """
        actor.require(CONTROL)
        with self._database.write() as c:
            found = device_store.read_trials(c, self._clock.now_ms()).get(device_id)
            if found is None or found.by_name != actor.name[:100]:
                return False
            live = command_store.live_intents(c, [device_id])
            changed = self._end_intents(c, live, f"the test was ended by {actor.name}")
            if forget:
                device_store.end_trial(c, device_id)
            if live:
                record(c, actor, "control.trial_end", f"device/{device_id}")
        self._tell(changed)
        return True

    # ---- coming and going ------------------------------------------------------------------

    def register(
        self,
        actor: Actor,
        device_id: str,
        fields: Mapping[str, object],
        *,
        tested: bool = False,
    ) -> Device:
        """Add a device, or adopt one that speaks already; one that was deleted comes back.

        Its trial, where there is one, ends here and is kept as its test where it showed what it
        should. With `tested`, a device whose test does not speak for it is refused.

        Raises NotAllowed, InvalidInput, Conflict `device_exists` or `untested`.
        """
        actor.require(CONTROL)
        device = self.checked(device_id, fields)
        with self._database.write() as c:
            now_ms = self._clock.now_ms()
            trial = device_store.read_trials(c, now_ms).get(device_id)
            if trial is not None:
                device = replace(device, test_command_id=self._proof(c, trial, device))
            if tested and device.test_command_id is None:
                said = "No test has shown this device as it is to be saved: test it once more."
                raise Conflict(said, code="untested")
            if not device_store.insert_device(c, device, now_ms):
                raise Conflict(f"“{device_id}” is registered already.", code="device_exists")
            why = f"registered by {actor.name}"
            changed = self._end_intents(c, command_store.live_intents(c, [device_id]), why)
            record(c, actor, "devices.create", f"device/{device_id}", after=shown(device))
        self._tell(changed, [device_id])
        return device

    def delete(self, actor: Actor, device_id: str, version: int | None = None) -> None:
        """Take a device off the list: what holds it ends, it is given back, its history stays.

        Raises NotAllowed, Unknown, Conflict.
        """
        actor.require(CONTROL)
        with self._database.write() as c:
            command_store.hold_device(c, device_id)
            before = self._found(c, device_id)
            if version not in (None, before.version):
                raise Conflict("Somebody else has changed it meanwhile.", code="device_changed")
            why = f"the device was deleted by {actor.name}"
            changed = self._end_intents(c, command_store.live_intents(c, [device_id]), why)
            now_ms = self._clock.now_ms()
            device_store.delete_device(c, device_id, now_ms, now_ms + self._give_back_ms())
            record(c, actor, "devices.delete", f"device/{device_id}", before=shown(before))
        self._tell(changed)
        self._bus.publish("device", {"device_id": device_id, "deleted": True})

    def configure(self, devices: Iterable[Mapping[str, object]], actor: Actor = SYSTEM) -> int:
        """Register those of a plan that were never there; what people changed since stays."""
        with self._database.read() as c:
            ever = device_store.all_ids(c)
        added = 0
        for fields in devices:
            device_id = str(fields.get("device_id", ""))
            if device_id not in ever:
                rest = {name: value for name, value in fields.items() if name != "device_id"}
                self.register(actor, device_id, rest)
                added += 1
        return added

    # ---- parts -----------------------------------------------------------------------------

    def _begin(self, c: Connection, trial: Trial, now_ms: int) -> None:
        """Enter a trial; one of somebody else that moves nothing any more gives way."""
        device_id = trial.device.device_id
        other = device_store.read_trials(c, now_ms).get(device_id)
        if other is not None and other.by_name != trial.by_name:
            running = command_store.live_intents(c, [device_id])
            if running:
                until = iso_utc(from_ms(max(intent.ends_ms for intent in running)))
                said = f"{other.by_name} is testing it now."
                raise Conflict(said, other.by_name, "on_trial", until)
            device_store.end_trial(c, device_id)
        if not device_store.put_trial(c, trial, now_ms):
            raise Conflict(f"“{device_id}” is registered already.", code="device_exists")

    def _trial_ms(self, device: Device) -> int:
        """Long enough for an answer and for what its meter shows after it [building ms]."""
        pace, meter = self.dispatching.pace, self._telemetry.latest().get(device.meter or ("", ""))
        shows_s = lifecycle.observe_s(device.ramp_s, meter.interval_s if meter else None)
        return max(pace.ms(TRIAL_S), pace.ms(lifecycle.ACKNOWLEDGE_S) + round(shows_s * 1000))

    def _give_back_ms(self) -> int:
        """After so long a device obeys nothing any more that it was told before [building ms]."""
        pace = self.dispatching.pace
        return round(pace.lease_s * 1000) + 2 * pace.ms(lifecycle.ACKNOWLEDGE_S)

    def _proof(self, c: Connection, trial: Trial, device: Device) -> str | None:
        command_id = trial.device.test_command_id
        command = command_store.read_command(c, command_id) if command_id else None
        return command_id if command and proves(trial.device, command, device) else None

    def _tried(self, trial: Trial) -> Tried:
        command_id = trial.device.test_command_id or ""
        with self._database.read() as c:
            command = command_store.read_command(c, command_id)
            steps = command_store.read_steps(c, [command_id]).get(command_id, [])
        if command is None:
            raise Unknown("command", command_id)
        return Tried(trial, command, tuple(steps))
