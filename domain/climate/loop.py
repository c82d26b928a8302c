"""The loop of automatic climate: every two minutes of building time it decides, room by room."""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy.engine import Connection

from domain.access.policy import SYSTEM
from domain.alarms.service import Alarms
from domain.building.service import Building
from domain.climate import store
from domain.climate.asking import NOTHING, Asking, Wished
from domain.climate.deciding import LEASE_LOOPS, LOOP_MS, decide, wishes
from domain.climate.looking import Looking
from domain.climate.model import (
    Automatic,
    Decision,
    Inputs,
    LoggedDecision,
    Standing,
    Told,
)
from domain.climate.rows import inputs_used
from domain.control.model import ASPECT_OF_COMMAND, Device
from domain.control.service import Control
from domain.foundation.clock import Clock, from_ms
from domain.foundation.errors import Conflict, Unknown
from domain.storage.engine import Database

log = logging.getLogger(__name__)
TICK_MS = 10_000
"""How often the loop is asked whether it is due, in real time."""
KEPT_MS = 400 * 86_400_000
"""How long the log of decisions is kept."""
WHO = "Wattboard"
SOURCE, SERVICE = "Room climate", "rooms"


class Loop:
    """Keeps nothing between two turns but what is in the database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        building: Building,
        control: Control,
        alarms: Alarms,
        looking: Looking,
    ) -> None:
        self._database = database
        self._clock = clock
        self._building = building
        self._control = control
        self._alarms = alarms
        self._looking = looking
        self._asking = Asking(database, clock, control)

    @property
    def every_ms(self) -> int:
        """How often is decided; on a fast clock no oftener than the loop is asked."""
        return max(LOOP_MS, round(TICK_MS * self._clock.speed))

    @property
    def lease_ms(self) -> int:
        """How long what is asked of a device lasts without a renewal."""
        return LEASE_LOOPS * self.every_ms

    def run(self) -> int:
        """Decide where it is time to; how many rooms were looked at. Any process may call it."""
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            last_ms = store.read_loop(c)
        if 0 <= now_ms - last_ms < self.every_ms:
            return 0
        with self._database.write() as c:
            if not store.claim_loop(c, last_ms, now_ms):
                return 0
            store.delete_decisions_before(c, now_ms - KEPT_MS)
        with self._database.read() as c:
            rooms = store.read_automatic(c)
            leftovers = {told.room_id for told in store.read_told(c)} - set(rooms)
        failed: Exception | None = None
        for room_id in sorted({*rooms, *leftovers}):
            try:
                self.turn(room_id)
            except Conflict:
                log.info("room %s was decided by somebody else meanwhile", room_id)
            except Exception as error:
                log.exception("the climate of room %s could not be decided", room_id)
                failed = error
        if failed is not None:
            raise failed  # after the other rooms have had their turn
        return sum(found.on for found in rooms.values())

    def turn(self, room_id: int) -> None:
        """Decide for one room, and bring its devices in line. Raises Conflict."""
        try:
            name = self._building.room(room_id).name
        except Unknown:
            self._forget(room_id)
            return
        with self._database.read() as c:
            found = store.read_room(c, room_id)
        if not found.on:
            if found.blind:
                self._see(found, name, blind=False)
                self._write(replace(found, blind=False))
            self._asking.bring_in_line(room_id, NOTHING, found.why, self.lease_ms)
            return
        inputs, now_ms = self._looking.inputs(room_id), self._clock.now_ms()
        decision = decide(found.standing, inputs, now_ms, self.lease_ms)
        self._see(found, name, blind=decision.blind)
        after = self._decided(found, name, decision, inputs, now_ms)
        wished = Wished(
            after.decision_id,
            frozenset(device.device_id for device in self.devices_of(room_id)),
            renews=decision.known,
        )
        self._asking.bring_in_line(room_id, wished, after.why, self.lease_ms)

    def _decided(
        self, found: Automatic, name: str, decision: Decision, inputs: Inputs, now_ms: int
    ) -> Automatic:
        """Keep a decision; one that changes anything has a line in the log."""
        standing = Standing(
            decision.status,
            now_ms if decision.changed else found.standing.since_ms,
            now_ms if decision.known else found.standing.known_ms,
        )
        after = replace(found, standing=standing, why=decision.why, blind=decision.blind)
        with self._database.write() as c:
            if decision.changed:
                line = LoggedDecision(
                    0, found.room_id, now_ms, decision.status, decision.why, WHO,
                    inputs_used(inputs),
                )  # fmt: skip
                after = replace(after, decision_id=store.insert_decision(c, line))
                self._note_wishes(c, after, name, inputs)
            if not store.write_room(c, after):
                raise Conflict("The room was decided by somebody else meanwhile.")
        return after

    def _note_wishes(self, c: Connection, after: Automatic, name: str, inputs: Inputs) -> None:
        devices = self.devices_of(after.room_id)
        for wish in wishes(devices, after.standing.status, inputs.band):
            told = Told(
                room_id=after.room_id,
                room=name[:60],
                decision_id=after.decision_id or 0,
                device_id=wish.device_id,
                aspect=ASPECT_OF_COMMAND[wish.command],
                command=wish.command,
                value=wish.value,
            )
            store.insert_told(c, told)

    def devices_of(self, room_id: int) -> list[Device]:
        """The registered devices of a room."""
        listed = (now.device for now in self._control.devices(SYSTEM))
        return [device for device in listed if device.room_id == room_id]

    def _see(self, found: Automatic, name: str, *, blind: bool) -> None:
        """Ring while a room's temperature is unknown for too long, and be quiet when it is not."""
        key = event_key(found.room_id)
        now = from_ms(self._clock.now_ms())
        if blind:
            since = from_ms(found.standing.known_ms or self._clock.now_ms())
            cause = f"{name}: its temperature is unknown, so its climate is not controlled"
            self._alarms.raise_event(
                SOURCE, key, "warning", SERVICE, cause, at=since, room_id=found.room_id
            )
        elif found.blind:
            self._alarms.clear_event(SERVICE, key, now)

    def _forget(self, room_id: int) -> None:
        """Let the devices of a room go that is no more; its log is kept until it is old."""
        why = "the room is no more"
        self._alarms.clear_event(SERVICE, event_key(room_id), self._clock.now())
        self._asking.bring_in_line(room_id, NOTHING, why, self.lease_ms)
        with self._database.write() as c:
            store.delete_room(c, room_id)

    def _write(self, after: Automatic) -> None:
        with self._database.write() as c:
            if not store.write_room(c, after):
                raise Conflict("The room was switched by somebody else meanwhile.")


def event_key(room_id: int) -> str:
    """Under which a room that cannot be controlled rings."""
    return f"climate-blind/{room_id}"
