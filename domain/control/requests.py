"""What people and programs ask of devices: commands, releases, automatic intents."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.control import command_store, device_store, words
from domain.control.acts import (
    MINUTE_MS,
    MINUTES,
    USUAL_MINUTES,
    WAKE,
    minutes_of,
    new_intent,
    reason_of,
)
from domain.control.arbitration import Intent, Setting, arbitrate
from domain.control.capabilities import command_value
from domain.control.command_store import CommandStep
from domain.control.holds import Holds
from domain.control.lifecycle import Command
from domain.control.messages import new_command
from domain.control.model import ASPECT_OF_COMMAND, Device, Report, Value
from domain.control.observation import Expected
from domain.control.owners import OWNERS
from domain.control.registry import CONTROL
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import Conflict, FieldError, InvalidInput


@dataclass(frozen=True, slots=True)
class Preview:
    """What a request would do: accepted value, what limits it, whom it takes over from."""

    device: Device
    command: str
    value: Value
    accepted: Value
    limited_by: tuple[str, ...]
    expected: Expected
    takes_over: str | None
    afterwards: str
    ends_ms: int
    starts_ms: int


class Requests(Holds):
    """One intent, one command and one audit row in one transaction each."""

    # ---- commands --------------------------------------------------------------------------

    def preview(
        self, actor: Actor, device_id: str, command: str, value: object, minutes: object
    ) -> Preview:
        """What a manual command would do, without doing it.

        Raises NotAllowed, Unknown, InvalidInput, and Conflict where a stronger owner rules it out.
        """
        with self._database.read() as c:
            device = self._controllable(c, actor, device_id)
            intent = self._manual(actor, device, command, value, minutes, "", None)
            return self._previewed(c, device, intent)

    def command(
        self,
        actor: Actor,
        device_id: str,
        command: str,
        value: object = None,
        *,
        minutes: object = USUAL_MINUTES,
        reason: str = "",
        key: str | None = None,
    ) -> tuple[Command, Preview]:
        """Ask a device for something until `minutes` from now; the running manual one ends.

        The same key again gives what it made the first time.
        Raises NotAllowed, Unknown, InvalidInput, and Conflict `held` naming holder and end.
        """
        actor.require(CONTROL)
        with self._database.write() as c:
            command_store.hold_device(c, device_id)
            device = self._controllable(c, actor, device_id)
            before = self._asked_before(c, device, key)
            if before is not None:
                return before
            wanted = self._manual(actor, device, command, value, minutes, reason, key)
            preview = self._previewed(c, device, wanted)
            changed = self._supersede(c, wanted)
            intent = replace(wanted, intent_id=command_store.insert_intent(c, wanted))
            made = self._ask(c, device, intent, preview)
            after = {
                "command_id": made.command_id,
                "command": made.command,
                "value": value,
                "accepted": made.value,
                "until": iso_utc(from_ms(made.ends_ms)),
            }
            record(c, actor, "control.command", f"device/{device_id}", after=after)
        self._tell([*changed, made])
        return made, preview

    def release(self, actor: Actor, device_id: str) -> int:
        """End every manual command of a device; the next owner takes over. How many ended.

        Raises NotAllowed, Unknown.
        """
        actor.require(CONTROL)
        why = f"released by {actor.name}"
        with self._database.write() as c:
            command_store.hold_device(c, device_id)
            self._controllable(c, actor, device_id)
            manual = [
                one for one in command_store.live_intents(c, [device_id]) if one.owner == "manual"
            ]
            changed = self._end_intents(c, manual, why)
            if manual:
                ended = [intent.intent_id for intent in manual]
                record(c, actor, "control.release", f"device/{device_id}", after={"ended": ended})
        self._tell(changed)
        return len(manual)

    # ---- for those beside ------------------------------------------------------------------

    def intend(self, intent: Intent) -> int:
        """Enter what an automatic owner wants; the same key again changes nothing.

        Gives the intent's id. Raises Unknown, InvalidInput for an owner that people speak as.
        """
        if not OWNERS[intent.owner].automatic and intent.owner not in ("grid", "reserve", "safety"):
            raise InvalidInput("This owner does not ask by itself.", [FieldError("owner", "other")])
        with self._database.write() as c:
            command_store.hold_device(c, intent.device_id)
            known = intent.key and command_store.intent_by_key(c, intent.owner, intent.key)
            if known:
                return known.intent_id
            self._found(c, intent.device_id)
            intent_id = command_store.insert_intent(c, intent)
        self._bus.publish(WAKE, None)
        return intent_id

    def withdraw(self, intent_id: int, why: str) -> bool:
        """End an intent before its time; false where it has ended."""
        with self._database.write() as c:
            intent = command_store.read_intent(c, intent_id)
            if intent is not None:
                command_store.hold_device(c, intent.device_id)
                intent = command_store.read_intent(c, intent_id)
            changed = self._end_intents(c, [intent], why) if intent and not intent.ended_ms else []
        self._tell(changed)
        return bool(intent and not intent.ended_ms)

    def renew(self, intent_id: int, ends_ms: int) -> bool:
        """Let an intent last until a later moment; false where it has ended, or its lease has.

        Its device is told nothing new, and an earlier end changes nothing.
        """
        with self._database.write() as c:
            return command_store.renew_intent(c, intent_id, self._clock.now_ms(), ends_ms)

    def _manual(
        self,
        actor: Actor,
        device: Device,
        command: str,
        value: object,
        minutes: object,
        reason: str,
        key: str | None,
    ) -> Intent:
        wanted = command_value(device.capabilities, command, value)
        lasts = minutes_of(minutes, MINUTES)
        now_ms = self._clock.now_ms()
        made = new_intent(
            device,
            "manual",
            actor.name,
            ASPECT_OF_COMMAND[command],
            now_ms,
            now_ms + lasts * MINUTE_MS,
            reason_of(reason),
        )
        return replace(made, command=command, value=wanted, key=key)

    def _ask(self, c: Connection, device: Device, intent: Intent, preview: Preview) -> Command:
        """Put a person's stored intent into words for its device."""
        made = new_command(self._setting(c, device, intent), intent, self._clock.now_ms())
        made = replace(made, expected=preview.expected.as_dict())
        command_store.insert_command(c, made)
        asked = f"asked for by {intent.owner_name}" + (
            f": {intent.reason}" if intent.reason else ""
        )
        step = CommandStep(made.command_id, made.requested_ms, "requested", asked)
        command_store.add_steps(c, [step])
        return made

    def _asked_before(
        self, c: Connection, device: Device, key: str | None
    ) -> tuple[Command, Preview] | None:
        intent = command_store.intent_by_key(c, "manual", key) if key else None
        made = command_store.first_command(c, intent.intent_id) if intent else None
        if intent is None or made is None:
            return None
        if intent.device_id != device.device_id:
            words_ = "This key was used for another device."
            raise Conflict(words_, intent.device_id, "idempotency_key_reused")
        limited = made.explanation.get("limited_by")
        return made, Preview(
            device=device,
            command=made.command,
            value=intent.value,
            accepted=made.value,
            limited_by=tuple(limited) if isinstance(limited, list) else (),
            expected=Expected(**made.expected),  # type: ignore[arg-type]  # as it was written
            takes_over=None,
            afterwards="its own rule",
            ends_ms=intent.ends_ms,
            starts_ms=made.due_ms,
        )

    def _setting(self, c: Connection, device: Device, intent: Intent) -> Setting:
        """What the aspect of an intent would be told with it."""
        others = [
            one
            for one in command_store.live_intents(c, [device.device_id])
            if one.intent_id != intent.intent_id
        ]
        reports = device_store.read_reports(c, [device.device_id])
        report = reports.get(device.device_id, Report(device.device_id))
        fresh = not self._now([device], reports, [device])[0].stale
        settings = arbitrate(
            device,
            [*others, intent],
            report,
            self._clock.now_ms(),
            stopped=command_store.stop_at(c, self._clock.now_ms()) is not None,
            fresh=fresh,
            barred=self.barred(c, [device], {device.device_id: others}).get(device.device_id),
        )
        return next(one for one in settings if one.aspect == intent.aspect)

    def _previewed(self, c: Connection, device: Device, intent: Intent) -> Preview:
        setting = self._setting(c, device, intent)
        winner = setting.winner
        if winner is None or winner is not intent:
            raise _held(winner)
        reports = device_store.read_reports(c, [device.device_id])
        shared: dict[tuple[str, str], int] = {}
        known = {other.device_id: other for other in device_store.read_devices(c)}
        for other in {**known, device.device_id: device}.values():
            if other.meter:
                shared[other.meter] = shared.get(other.meter, 0) + 1
        told = setting.command or ""
        held = [setting.hold_words] if setting.hold_words else []
        before = [one for one in setting.beaten if one.owner != "manual"]
        replaced = next((one for one in setting.beaten), None)
        return Preview(
            device=device,
            command=told,
            value=intent.value,
            accepted=setting.value,
            limited_by=(*setting.limited_by, *held),
            expected=self.dispatching.expected(device, told, setting.value, reports, shared),
            takes_over=words.owner(replaced) if replaced else None,
            afterwards=words.owner(before[0]) if before else "its own rule",
            ends_ms=intent.ends_ms,
            starts_ms=setting.hold_until_ms or intent.starts_ms,
        )

    def _supersede(self, c: Connection, wanted: Intent) -> list[Command]:
        """End the manual command that runs on the same aspect."""
        old = [
            one
            for one in command_store.live_intents(c, [wanted.device_id])
            if one.owner == "manual" and one.aspect == wanted.aspect
        ]
        return self._end_intents(
            c, old, f"a newer one of {wanted.owner_name} took over", "superseded"
        )


def _held(winner: Intent | None) -> Conflict:
    """Why a request is ruled out: by whom, and until when."""
    if winner is None:
        return Conflict("Nobody may tell it that now.", code="held")
    until = iso_utc(from_ms(winner.ends_ms))
    holder = words.owner(winner)
    said = f": {winner.reason}" if winner.reason else ""
    return Conflict(f"It is held by {holder}{said}.", holder, "held", until)
