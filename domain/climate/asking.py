"""What a decision asks of devices, brought into line with what control has: enter, renew, withdraw.

Each step may be repeated and may be the last thing a process did: what is to be asked stands in the
database before control hears of it, under a key of its own, so that it is entered once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.climate import store
from domain.climate.deciding import RETRY_MS
from domain.climate.model import Told
from domain.control.arbitration import Intent
from domain.control.service import Control
from domain.foundation.clock import Clock
from domain.foundation.errors import Unknown
from domain.storage.engine import Database

OWNER = "climate"


@dataclass(frozen=True, slots=True)
class Wished:
    """The decision in force and the room's devices; only those of both are asked.

    `renews`: whether wishes that stand are renewed; without, their leases run out.
    """

    decision_id: int | None
    devices: frozenset[str]
    renews: bool

    def holds(self, told: Told) -> bool:
        """Whether it is to be asked any longer."""
        return told.decision_id == self.decision_id and told.device_id in self.devices


NOTHING = Wished(None, frozenset(), renews=False)


class Asking:
    """Speaks with control for room climate."""

    def __init__(self, database: Database, clock: Clock, control: Control) -> None:
        self._database = database
        self._clock = clock
        self._control = control

    def bring_in_line(self, room_id: int, wished: Wished, why: str, lease_ms: int) -> None:
        """Ask what is wished and nothing else; `why` is told to control with it.

        Each wish lasts `lease_ms` without a renewal.
        """
        with self._database.read() as c:
            listed = store.read_told(c, room_id)
        # What contradicts leaves first.
        for told in listed:
            if not wished.holds(told):
                self._withdraw(told, why)
        for told in listed:
            if not wished.holds(told):
                continue
            if told.intent_id is None:
                self._enter(told, why, lease_ms)
            elif wished.renews:
                self._renew(told, why, lease_ms)

    def _enter(self, told: Told, why: str, lease_ms: int) -> None:
        ends_ms = self._clock.now_ms() + lease_ms
        try:
            intent_id = self._control.intend(self._intent(told, why, ends_ms))
        except Unknown:
            with self._database.write() as c:
                store.delete_told(c, told)
            return
        after = replace(
            told, intent_id=intent_id, entered_ms=self._clock.now_ms(), lease_ms=ends_ms
        )
        if not self._control.renew(intent_id, ends_ms):
            # A process that died here had entered it, and its lease has passed since.
            after = replace(told, attempt=told.attempt + 1)
        with self._database.write() as c:
            kept = store.update_told(c, after, told.attempt)
        if not kept:
            self._control.withdraw(intent_id, "it was decided anew meanwhile")

    def _renew(self, told: Told, why: str, lease_ms: int) -> None:
        now_ms = self._clock.now_ms()
        if told.intent_id is not None and self._control.renew(told.intent_id, now_ms + lease_ms):
            with self._database.write() as c:
                store.update_told(c, replace(told, lease_ms=now_ms + lease_ms), told.attempt)
            return
        lapsed = told.lease_ms is not None and now_ms >= told.lease_ms
        waited = told.entered_ms is None or now_ms - told.entered_ms >= RETRY_MS
        if not lapsed and not waited:
            return
        again = replace(told, attempt=told.attempt + 1, intent_id=None)
        with self._database.write() as c:
            kept = store.update_told(c, again, told.attempt)
        if kept:
            self._enter(again, why, lease_ms)

    def _withdraw(self, told: Told, why: str) -> None:
        intent_id = told.intent_id
        if intent_id is None:
            # It may have been entered by a process that died before it could note so: its key
            # finds it. One that never was is entered as over, which tells the device nothing.
            try:
                intent_id = self._control.intend(self._intent(told, why, self._clock.now_ms()))
            except Unknown:
                intent_id = None
        if intent_id is not None:
            self._control.withdraw(intent_id, f"room climate: {why}"[:300])
        with self._database.write() as c:
            store.delete_told(c, told)

    def _intent(self, told: Told, why: str, ends_ms: int) -> Intent:
        now_ms = self._clock.now_ms()
        return Intent(
            intent_id=0,
            device_id=told.device_id,
            owner=OWNER,
            owner_name=told.room,
            aspect=told.aspect,
            command=told.command,
            value=told.value,
            low_kw=None,
            high_kw=None,
            requested_ms=now_ms,
            starts_ms=now_ms,
            ends_ms=ends_ms,
            reason=why[:300],
            key=told.key,
        )
