"""Holding devices still: locked out for maintenance, or all automatic control stopped."""

from __future__ import annotations

from collections.abc import Sequence

from domain.access.audit import record
from domain.access.policy import Actor
from domain.control import command_store, device_store, wire
from domain.control.acts import (
    LOCK_OUT_MINUTES,
    MINUTE_MS,
    STOP_MINUTES,
    USUAL_MINUTES,
    WAKE,
    Acts,
    minutes_of,
    new_intent,
    reason_of,
)
from domain.control.command_store import Stop
from domain.control.lifecycle import Command
from domain.control.registry import CONTROL
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import Conflict, Unknown


class Holds(Acts):
    """Lock-outs and stops, each with its audit row in one transaction."""

    # ---- lock-out --------------------------------------------------------------------------

    def lock_out(
        self, actor: Actor, device_ids: Sequence[str], minutes: object, reason: str
    ) -> int:
        """Let devices rest in their safe state; nobody else may tell them anything meanwhile.

        Raises NotAllowed, Unknown, InvalidInput.
        """
        actor.require(CONTROL)
        lasts = minutes_of(minutes, LOCK_OUT_MINUTES)
        why = reason_of(reason, required=True)
        now_ms = self._clock.now_ms()
        changed: list[Command] = []
        with self._database.write() as c:
            command_store.hold_devices(c, device_ids)
            for device_id in device_ids:
                device = self._controllable(c, actor, device_id)
                live = command_store.live_intents(c, [device_id])
                old = [intent for intent in live if intent.owner == "lock_out"]
                changed += self._end_intents(c, old, f"renewed by {actor.name}")
                ends_ms = now_ms + lasts * MINUTE_MS
                intent = new_intent(device, "lock_out", actor.name, "run", now_ms, ends_ms, why)
                command_store.insert_intent(c, intent)
                after = {"until": iso_utc(from_ms(ends_ms)), "reason": why}
                record(c, actor, "control.lock_out", f"device/{device_id}", after=after)
        self._tell(changed, device_ids)
        return len(device_ids)

    def unlock(self, actor: Actor, device_ids: Sequence[str]) -> int:
        """End the lock-out of devices; who waited takes over. Raises NotAllowed, Unknown."""
        actor.require(CONTROL)
        changed: list[Command] = []
        ended = 0
        with self._database.write() as c:
            command_store.hold_devices(c, device_ids)
            for device_id in device_ids:
                self._controllable(c, actor, device_id)
                live = command_store.live_intents(c, [device_id])
                locks = [intent for intent in live if intent.owner == "lock_out"]
                changed += self._end_intents(c, locks, f"unlocked by {actor.name}")
                if locks:
                    record(c, actor, "control.unlock", f"device/{device_id}")
                ended += len(locks)
        self._tell(changed, device_ids)
        return ended

    # ---- stopping all ----------------------------------------------------------------------

    def stop_all(self, actor: Actor, minutes: object = USUAL_MINUTES, reason: str = "") -> Stop:
        """Let everything automatic rest; manual commands and safety go on.

        Raises NotAllowed, InvalidInput.
        """
        actor.require(CONTROL)
        lasts = minutes_of(minutes, STOP_MINUTES)
        now_ms = self._clock.now_ms()
        ends_ms = now_ms + lasts * MINUTE_MS
        with self._database.write() as c:
            command_store.end_stops(c, now_ms, actor.name)
            said = reason_of(reason)
            command_store.insert_stop(c, actor.name[:100], said, now_ms, ends_ms)
            after = {"until": iso_utc(from_ms(ends_ms)), "reason": said}
            record(c, actor, "control.stop_all", "control", after=after)
            stop = command_store.stop_at(c, now_ms)
        if stop is None:
            raise Conflict("Automatic control was resumed at the same moment.")
        self._bus.publish(WAKE, None)
        self._bus.publish("stop", wire.stop(stop))
        return stop

    def resume(self, actor: Actor) -> int:
        """Let automatic control go on. Raises NotAllowed."""
        actor.require(CONTROL)
        with self._database.write() as c:
            ended = command_store.end_stops(c, self._clock.now_ms(), actor.name[:100])
            if ended:
                record(c, actor, "control.resume", "control")
        self._bus.publish(WAKE, None)
        self._bus.publish("stop", wire.stop(None))
        return ended

    def devices_in(self, room: int | str) -> list[str]:
        """Ids of the devices of a room. Raises Unknown."""
        room_id = self._building.room(room).room_id
        with self._database.read() as c:
            found = [d.device_id for d in device_store.read_devices(c) if d.room_id == room_id]
        if not found:
            raise Unknown("device", f"in {room}")
        return found
