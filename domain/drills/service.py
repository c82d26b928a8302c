"""What pages, the dispatcher and the process that leads drills ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.access.audit import record
from domain.access.policy import Actor
from domain.control.acts import WAKE
from domain.control.service import Control
from domain.drills import judge, report, store
from domain.drills.evidence import Evidence
from domain.drills.model import FAULTS, Drill, Fault, Line, Option, Summary
from domain.drills.planning import Planning
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock, real_now_ms
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown
from domain.storage.engine import Database

VIEW, START = "iot.view", "iot.control"
NEWS = "drill"
"""Bus topic on which this process tells that the drill under way stands otherwise."""
LOST_MS = 10_000
"""A drill whose leading process gave no sign of life for so long [real] is over: aborted."""
LOST = "The process that led it ended; the fault ended with it."
UNLED = "No process took it up."
A_PAGE = 50


class Drills:
    """Fail-safe drills of one installation, one at a time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        control: Control,
        evidence: Evidence,
        *,
        demo: bool,
    ) -> None:
        self._database, self._clock, self._bus = database, clock, bus
        self._control, self._evidence = control, evidence
        self._planning = Planning(control, evidence, clock)
        self._demo = demo
        self._told: object = None
        control.dispatching.overlook(self._overlooked)

    # ---- looking ---------------------------------------------------------------------------

    def standing(self, actor: Actor) -> Drill | None:
        """The drill that is on its way. Raises NotAllowed."""
        actor.require(VIEW)
        return self.announced()

    def announced(self) -> Drill | None:
        """The same for the banner of every page, which tells no figures."""
        with self._database.read() as c:
            return store.standing_drill(c)

    def candidates(self, actor: Actor) -> list[tuple[str, str]]:
        """Devices with something to tell them, by id and name. Raises NotAllowed."""
        return self._planning.candidates(actor)

    def options(self, actor: Actor, device_id: str) -> list[Option]:
        """What the device can be told so that its meter would show it now.

        Raises NotAllowed, Unknown, Conflict where it can take no part now.
        """
        return self._planning.options(actor, device_id)

    def lasts_s(self, actor: Actor, device_id: str, fault: str) -> float:
        """How long the fault would stand at most [building s]. Raises as `start`."""
        planned = self._planning.drill(actor, device_id, fault, None)
        return judge.span_ms(planned, planned.asked_ms, self._control.dispatching.pace) / 1000

    def reports(self, actor: Actor, page: int = 0) -> tuple[list[Summary], int]:
        """A page of reports, newest first, and how many there are. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return store.list_reports(c, A_PAGE, page * A_PAGE), store.count_reports(c)

    def all_reports(self, actor: Actor) -> list[Summary]:
        """Every report, newest first. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return store.list_reports(c, 100_000)

    def report(self, actor: Actor, drill_id: int) -> tuple[Summary, dict[str, object]]:
        """One report as it was written. Raises NotAllowed, Unknown."""
        actor.require(VIEW)
        with self._database.read() as c:
            found = store.read_report(c, drill_id)
        if found is None:
            raise Unknown("drill", drill_id)
        return found

    # ---- acting ----------------------------------------------------------------------------

    def start(
        self, actor: Actor, device_id: str, fault: str, option: str, *, is_test_device: bool
    ) -> Drill:
        """Tell a device something and let a fault come over it.

        Raises NotAllowed, Unknown, InvalidInput, and Conflict where another drill is on its way,
        somebody holds the device, or nothing could be judged now.
        """
        actor.require(START)
        if fault not in FAULTS:
            wrong = FieldError("fault", f"is one of {', '.join(FAULTS)}", list(FAULTS))
            raise InvalidInput("There is no such fault.", [wrong])
        if not is_test_device:
            wrong = FieldError("test_device", "say that it may be moved for a drill")
            raise InvalidInput("A drill moves the device.", [wrong])
        other = self.announced()
        if other is not None:
            raise _under_way(other)
        planned = self._planning.drill(actor, device_id, fault, option)
        begun = self._begin(actor, planned)
        try:
            made, _ = self._control.command(
                actor,
                device_id,
                planned.command,
                planned.value,
                minutes=self._planning.minutes(planned),
                reason=f"Drill {begun.drill_id}: {FAULTS[fault].label.lower()}",
            )
        except Exception:
            self._end(begun, "aborted", "The device could not be told anything.", None)
            raise
        told = replace(
            begun, command_id=made.command_id, intent_id=made.intent_id, ends_ms=made.ends_ms
        )
        with self._database.write() as c:
            store.tell_drill(c, told)
        self.tell_news()
        return told

    def cancel(self, actor: Actor, drill_id: int) -> None:
        """End a drill at once: the fault is lifted and the device given back.

        Raises NotAllowed, Unknown, Conflict where it is over already.
        """
        actor.require(START)
        with self._database.write() as c:
            found = store.read_drill(c, drill_id)
            if found is None:
                raise Unknown("drill", drill_id)
            if not store.cancel_drill(c, drill_id, actor.name):
                raise Conflict("This drill is over already.", code="drill_over")
            record(c, actor, "drills.cancel", f"drill/{drill_id}")
        self.tell_news()

    def _begin(self, actor: Actor, planned: Drill) -> Drill:
        """One drill at a time, with its audit row."""
        try:
            with self._database.write() as c:
                drill_id = store.insert_drill(c, planned)
                after = {"drill": drill_id, "fault": planned.fault, "command": planned.command}
                record(c, actor, "drills.start", f"device/{planned.device_id}", after=after)
        except IntegrityError as error:
            raise _under_way(self.announced()) from error
        return replace(planned, drill_id=drill_id)

    # ---- for the dispatcher ----------------------------------------------------------------

    def fault(self) -> Fault | None:
        """What the dispatcher suffers now; a fault ends with whoever leads its drill."""
        with self._database.read() as c:
            drill = store.standing_drill(c)
        if drill is None or drill.cancelled_by or not drill.holds_at(self._clock.now_ms()):
            return None
        if real_now_ms() - drill.seen_ms > LOST_MS:
            return None
        simulate = None
        meter = drill.sensor_id, drill.metric
        if self._demo and drill.fault == "silent_device":
            # A simulated device that is its own meter would fall silent with it.
            simulate = "ignore" if drill.sensor_id == drill.device_id else "silent"
        until_ms = drill.fault_until_ms or 0
        return Fault(drill.drill_id, drill.fault, drill.device_id, meter, until_ms, simulate)

    def kills_dispatcher(self) -> bool:
        """Whether no process may speak with the devices now."""
        fault = self.fault()
        return fault is not None and fault.kind == "dead_scheduler"

    def _overlooked(self) -> tuple[tuple[str, str], ...]:
        fault = self.fault()
        return (fault.meter,) if fault and fault.kind == "stale_meter" else ()

    # ---- for the process that leads --------------------------------------------------------

    def advance(self, owner: str) -> bool:
        """Lead the drill under way one look further; whether there is one."""
        drill, real_ms = self.announced(), real_now_ms()
        if drill is None:
            return False
        if drill.owner is None:
            with self._database.write() as c:
                if not store.claim_drill(c, drill.drill_id, owner, real_ms):
                    return True
            drill = replace(drill, owner=owner)
        if drill.owner != owner:
            self.abort_lost()
            return True
        if drill.cancelled_by:
            self._end(drill, "cancelled", f"{drill.cancelled_by} cancelled it.", owner)
            return True
        seen = self._evidence.of(drill)
        pace = self._control.dispatching.pace
        after = judge.moved(drill, seen, self._clock.now_ms(), pace)
        after = replace(after, seen_ms=real_ms)
        if after.result is not None:
            self._end(replace(after, result=None), after.result, after.why or "", owner)
            return True
        with self._database.write() as c:
            store.update_drill(c, after, owner)
        if drill.phase == "faulted" and after.phase == "after" and after.safe_ms is None:
            self._give_back(after, "the drill has failed")
        self._announce(drill, after)
        return True

    def abort_lost(self) -> bool:
        """End a drill whose leading process is gone; whether there was one."""
        drill = self.announced()
        if drill is None or real_now_ms() - drill.seen_ms <= LOST_MS:
            return False
        return self._end(drill, "aborted", UNLED if drill.owner is None else LOST, drill.owner)

    def tell_news(self) -> None:
        """Publish that the drill under way stands otherwise than when this process last told."""
        drill = self.announced()
        mark = drill and (drill.drill_id, drill.phase, drill.readings, drill.cancelled_by)
        before, self._told = self._told, mark
        if before != mark:
            self._bus.publish(NEWS, {"drill_id": drill.drill_id if drill else None})

    def _announce(self, before: Drill, after: Drill) -> None:
        if (before.phase, before.fault_until_ms) != (after.phase, after.fault_until_ms):
            self._bus.publish(WAKE, None)
        self.tell_news()

    def _end(self, drill: Drill, result: str, why: str, owner: str | None) -> bool:
        """Lift the fault, keep the report, give the device back; false where it is over already."""
        now_ms = self._clock.now_ms()
        from_ms, until_ms = drill.fault_from_ms, drill.fault_until_ms
        lifted_ms = None if from_ms is None else max(from_ms, min(until_ms or now_ms, now_ms))
        ended = replace(drill, result=result, why=why[:300], ended_ms=now_ms)
        ended = replace(ended, fault_until_ms=lifted_ms)
        seen = self._evidence.of(ended)
        with self._database.write() as c:
            if not store.update_drill(c, ended, owner):
                return False
            self._keep(c, ended, seen)
        self._give_back(ended, f"drill {ended.drill_id} is over")
        self._announce(drill, ended)
        return True

    def _keep(self, c: Connection, ended: Drill, seen: judge.Seen) -> None:
        judged: Sequence[Line] = ()
        if any(command.command_id == ended.command_id for command in seen.commands):
            judged = judge.lines(ended, seen)
        written = report.written(ended, seen, judged, self._evidence.steps(seen), self._clock.speed)
        store.insert_report(c, report.summary(ended), written)

    def _give_back(self, drill: Drill, why: str) -> None:
        if drill.intent_id is not None:
            self._control.withdraw(drill.intent_id, why)


def _under_way(other: Drill | None) -> Conflict:
    holder = other.by_name if other else None
    return Conflict("Another drill is on its way.", holder, "drill_under_way")
