"""What is to be sent to devices now, and what their answers and meters make of it.

Everything is decided in one transaction from what the database holds, and published after its
commit: a process that dies between the two is followed by one that finds the command sent and
unanswered, and sends it again under its own id, which a device carries out once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy.engine import Connection

from domain.control import command_store, device_store, lifecycle, words
from domain.control.answers import Answer, take
from domain.control.arbitration import Intent, Setting, arbitrate
from domain.control.command_store import CommandStep
from domain.control.hours import Hours
from domain.control.lifecycle import Command, Moved, Pace
from domain.control.messages import message, new_command, new_release
from domain.control.model import RELEASE, Device, Report
from domain.control.observation import Expected, Seen, expected, observe
from domain.control.owners import BY_HOURS
from domain.control.rounds import Outgoing, Round, by_device
from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict
from domain.storage.engine import Database
from domain.telemetry.freshness import freshness_state
from domain.telemetry.model import Latest
from domain.telemetry.service import Telemetry

FROZEN_S = 3.0
"""A dispatcher that stands still so long within a turn loses it; the next one takes it up."""


AHEAD_MS = 300_000
"""So far ahead of ours the clock of a meter may be."""


class StaleFence(Conflict):
    """Another dispatcher has taken over; this one must write and send nothing more."""

    def __init__(self) -> None:
        super().__init__("Another process speaks with the devices now.", code="stale_fence")


class Dispatching:
    """The dispatcher's half of control; it keeps nothing between two turns."""

    def __init__(
        self, database: Database, clock: Clock, telemetry: Telemetry, hours: Hours
    ) -> None:
        self._database = database
        self._clock = clock
        self._telemetry = telemetry
        self._hours = hours
        self._to_overlook: Callable[[], Collection[tuple[str, str]]] = tuple
        self._overlooked: Collection[tuple[str, str]] = ()

    def overlook(self, meters: Callable[[], Collection[tuple[str, str]]]) -> None:
        """Take the meters that `meters` names for silent since a command left: a drill."""
        self._to_overlook = meters

    @property
    def pace(self) -> Pace:
        """Spans of the protocol in building time."""
        return Pace(self._clock.speed)

    def turn(self, fence: int, *, ready: bool) -> tuple[list[Outgoing], list[Command]]:
        """Decide what leaves now; gives it, and the commands that changed.

        Args:
            fence: This dispatcher's fencing token.
            ready: Whether a message would leave now; without, nothing is said to be sent.

        Raises:
            StaleFence: another dispatcher has written under a higher token.
        """
        with self._database.read() as c:
            if not command_store.busy_devices(c, self._obeys_since_ms()):
                return [], []
        self._overlooked = self._to_overlook()
        with self._database.write(frozen_s=FROZEN_S) as c:
            if not command_store.raise_fence(c, fence):
                raise StaleFence
            busy = command_store.busy_devices(c, self._obeys_since_ms())
            command_store.hold_devices(c, busy)
            work = self._begin(c, fence, ready)
            for device_id in busy:
                self._serve(work, device_id)
            work.store()
        return work.outgoing, list(work.changed.values())

    def take_over(self, fence: int) -> None:
        """Let no dispatcher of before write any more. Raises StaleFence where this one is it."""
        with self._database.read() as c:
            known = command_store.highest_fence(c)
        if known > fence:
            raise StaleFence
        if known < fence:
            with self._database.write(frozen_s=FROZEN_S) as c:
                if not command_store.raise_fence(c, fence):
                    raise StaleFence

    def answered(self, fence: int, answers: Iterable[Answer]) -> list[Command]:
        """Take in acknowledgements; the commands that changed. Raises StaleFence.

        Foreign ones are logged, late ones noted in the command's history; neither changes it.
        """
        changed: dict[str, Command] = {}
        listed = list(answers)
        if not listed:
            return []
        with self._database.write(frozen_s=FROZEN_S) as c:
            if not command_store.raise_fence(c, fence):
                raise StaleFence
            for answer in listed:
                after = take(c, answer)
                if after is not None:
                    changed[after.command_id] = after
        return list(changed.values())

    # ---- one turn --------------------------------------------------------------------------

    def _obeys_since_ms(self) -> int:
        """A device may still obey what left after this moment."""
        return self._clock.now_ms() - round(self.pace.lease_s * 1000)

    def _begin(self, c: Connection, fence: int, ready: bool) -> Round:
        intents, live = command_store.live_intents(c), command_store.live_commands(c)
        # Read after them: what was asked for while this waited for its turn is not of the future.
        now_ms, obeys_since_ms = self._clock.now_ms(), self._obeys_since_ms()
        devices = {device.device_id: device for device in device_store.read_served(c, now_ms)}
        shared: dict[tuple[str, str], int] = {}
        for device in devices.values():
            if device.meter:
                shared[device.meter] = shared.get(device.meter, 0) + 1
        asked = {i.device_id for i in intents if i.owner in BY_HOURS} & set(devices)
        by_hours = {device_id: devices[device_id] for device_id in asked}
        return Round(
            c=c,
            now_ms=now_ms,
            barred=self._hours.barred(c, by_hours, now_ms) if by_hours else {},
            fence=fence,
            ready=ready,
            stopped=command_store.stop_at(c, now_ms) is not None,
            devices=devices,
            reports=device_store.read_reports(c),
            shared=shared,
            intents=by_device(intents),
            live=by_device(live),
            obeyed=by_device(command_store.sent_since(c, obeys_since_ms)),
            released=command_store.releases_since(c, obeys_since_ms),
        )

    def _serve(self, work: Round, device_id: str) -> None:
        """Everything that is due for one device."""
        device = work.devices.get(device_id)
        self._end_intents(work, device_id, device)
        for command in list(work.live.get(device_id, ())):
            self._pass_time(work, command, device)
        if device is None:
            return
        report = work.reports.get(device_id, Report(device_id))
        intents = work.begun(device_id)
        settings = arbitrate(
            device,
            intents,
            report,
            work.now_ms,
            stopped=work.stopped,
            fresh=self._fresh(device, report, work.now_ms),
            barred=work.barred.get(device_id),
        )
        # Another machine's clock may be ahead: what it asked for waits for its moment.
        ahead = {intent.intent_id for intent in intents if intent.starts_ms > work.now_ms}
        for setting in settings:
            self._follow(work, device, setting, ahead)
        self._keep_releases_apart(work, device_id)
        self._release(work, device)
        for command in list(work.live.get(device_id, ())):
            if work.ready and lifecycle.due_again(command, work.now_ms, self.pace):
                self._send(work, device, command)

    def _end_intents(self, work: Round, device_id: str, device: Device | None) -> None:
        for intent in list(work.intents.get(device_id, ())):
            if device is None:
                self._end(work, intent, "the device is registered no more")
            elif work.now_ms >= intent.ends_ms:
                self._end(work, intent, "its time was over")
            elif lifecycle.set_back(intent.requested_ms, work.now_ms, self.pace):
                self._end(work, intent, lifecycle.SET_BACK)

    def _end(self, work: Round, intent: Intent, why: str) -> None:
        """End an intent, and with it what its device was told for it."""
        command_store.end_intent(work.c, intent.intent_id, work.now_ms, why)
        work.intents[intent.device_id] = [
            one for one in work.intents[intent.device_id] if one.intent_id != intent.intent_id
        ]
        for command in list(work.live.get(intent.device_id, ())):
            if command.intent_id == intent.intent_id:
                state = "completed" if command.state == "observed" else "cancelled"
                ended = lifecycle.moved(command, state, work.now_ms, why)
                # What had lapsed before was not in force until its end.
                work.move(command, lifecycle.lapsed(command, work.now_ms, self.pace) or ended)

    def _pass_time(self, work: Round, command: Command, device: Device | None) -> None:
        if command.ended or command not in work.live.get(command.device_id, ()):
            return
        gone = self._gone(work, command)
        if gone is not None:
            work.move(command, gone)
            return
        after = lifecycle.overdue(command, work.now_ms, self.pace)
        if after is None and command.state == "acknowledged" and device is not None:
            after = self._observed(work, command, device)
        if after is not None:
            work.move(command, after)
            if after.command.ended:
                self._fail(work, after.command)

    def _gone(self, work: Round, command: Command) -> Moved | None:
        """The end of a command whose device obeys no longer, or may not."""
        report = work.reports.get(command.device_id)
        spoke_ms = report.heard_ms if report else None
        return lifecycle.lapsed(command, work.now_ms, self.pace) or lifecycle.unheard(
            command, spoke_ms, work.now_ms, self.pace
        )

    def _fail(self, work: Round, command: Command) -> None:
        """A command that came to nothing ends what it was for; the next one takes over."""
        for intent in list(work.intents.get(command.device_id, ())):
            if intent.intent_id == command.intent_id:
                self._end(work, intent, f"{command.state}: {command.reason}")

    def _observed(self, work: Round, command: Command, device: Device) -> Moved | None:
        report = work.reports.get(device.device_id, Report(device.device_id))
        meter = None if device.meter in self._overlooked else self._meter(device)
        since_ms = command.sent_ms or command.requested_ms
        awaited = Expected(**command.expected)  # type: ignore[arg-type]  # as it was written
        seen = observe(command.command, command.value, awaited, meter, report, since_ms)
        if seen.agrees:
            return lifecycle.moved(command, "observed", work.now_ms, seen.words, seen.evidence)
        interval_s = meter.interval_s if meter else None
        waits_ms = round(lifecycle.observe_s(device.ramp_s, interval_s) * 1000)
        if work.now_ms <= (command.acknowledged_ms or since_ms) + waits_ms:
            return None
        return _unseen(command, seen, work.now_ms)

    def _follow(
        self, work: Round, device: Device, setting: Setting, ahead: Collection[int]
    ) -> None:
        """Bring what one aspect was told into line with what it is to be told."""
        told = [
            command
            for command in work.live.get(device.device_id, ())
            if command.aspect == setting.aspect
            and command.command != RELEASE
            and command.intent_id not in ahead
        ]
        winner = setting.winner
        wanted = winner and (winner.intent_id, setting.command, setting.value)
        right = [c for c in told if (c.intent_id, c.command, c.value) == wanted]
        for command in told:
            if command not in right[:1]:
                why = words.took_over(setting)
                after = lifecycle.moved(command, "superseded", work.now_ms, why)
                work.move(command, after)
        if right or winner is None or setting.command is None:
            return
        command = new_command(setting, winner, work.now_ms)
        work.insert(command, f"for {words.owner(winner)}")

    def _keep_releases_apart(self, work: Round, device_id: str) -> None:
        """A release that were sent once more could undo what the device is told after it."""
        live = work.live.get(device_id, ())
        releases = [command for command in live if command.command == RELEASE]
        if len(releases) == len(live):
            return
        for command in releases:
            why = "the device is told something new"
            work.move(command, lifecycle.moved(command, "superseded", work.now_ms, why))

    def _release(self, work: Round, device: Device) -> None:
        """Give a device back where it may still obey what nobody wants any more.

        A release ends all aspects; while another one is in force the lease is left to pass.
        """
        if work.live.get(device.device_id):
            return
        since_ms = work.released.get(device.device_id, -1)
        obeyed = [
            command
            for command in work.obeyed.get(device.device_id, ())
            if command.command != RELEASE
            and min(command.last_sent_ms or 0, command.ended_ms or 0) > since_ms
            and not (command.state == "rejected" and command.acknowledged_ms is None)
        ]
        if not obeyed:
            return
        last = max(obeyed, key=lambda command: command.ended_ms or 0)
        command = new_release(last, work.now_ms, self.pace)
        work.insert(command, "nobody wants anything of the device any more")

    def _send(self, work: Round, device: Device, command: Command) -> None:
        after = command
        if command.state == "requested":
            awaited = self.expected(
                device,
                command.command,
                command.value,
                work.reports,
                work.shared,
                untold_kw=work.untold_kw(command),
            )
            after = replace(command, expected=awaited.as_dict())
            after = lifecycle.moved(after, "sent", work.now_ms, "").command
            steps = [CommandStep(command.command_id, work.now_ms, "sent", "sent to the device")]
        elif command.state == "sent":
            steps = [CommandStep(command.command_id, work.now_ms, "sent", "sent again")]
        else:
            steps = []
        after = replace(
            after,
            times_sent=command.times_sent + 1,
            last_sent_ms=work.now_ms,
            fence=work.fence,
        )
        work.write(command, after, steps)
        work.outgoing.append(message(after, work.now_ms, self.pace))

    # ---- looking ---------------------------------------------------------------------------

    def expected(
        self,
        device: Device,
        command: str,
        value: float | str | None,
        reports: Mapping[str, Report],
        shared: Mapping[tuple[str, str], int],
        untold_kw: float | None = None,
    ) -> Expected:
        """What a command should do to what is measured, from how things are now.

        `untold_kw` is what the device drew before it was told anything, where it obeys now.
        """
        report = reports.get(device.device_id)
        own_kw = report.power_kw if report else None
        meter = self._meter(device)
        unmetered_kw = own_kw if device.meter is None else None
        alone = device.meter is not None and shared.get(device.meter, 0) == 1
        return expected(
            device,
            command,
            value,
            meter.value if meter else unmetered_kw,
            own_kw,
            metered=device.meter is not None,
            alone=alone,
            untold_kw=untold_kw,
        )

    def _meter(self, device: Device) -> Latest | None:
        found = self._telemetry.latest().get(device.meter) if device.meter else None
        # From before the clock was set back: it tells nothing of now.
        return None if found and found.ts_ms > self._clock.now_ms() + AHEAD_MS else found

    def _fresh(self, device: Device, report: Report, now_ms: int) -> bool:
        spoken = self._telemetry.latest().get((device.device_id, "power"))
        if report.said_ms is None or report.available is False:
            return False
        interval_s = spoken.interval_s if spoken else None
        return freshness_state(now_ms - report.said_ms, interval_s) in ("fresh", "late")


def _unseen(command: Command, seen: Seen, now_ms: int) -> Moved:
    """The end of a command whose effect has not shown in time."""
    if seen.agrees is None:
        return lifecycle.moved(command, "expired", now_ms, f"not seen in time: {seen.words}")
    return lifecycle.moved(command, "contradicted", now_ms, seen.words, seen.evidence)
