"""What pages, API and the processes that run jobs ask of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.foundation.bus import Bus
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import Conflict, Unavailable, Unknown
from domain.jobs import states, store
from domain.jobs.model import Asked, JobInfo, JobNow, Process, Run
from domain.storage.engine import Database

VIEW, RUN = "iot.view", "jobs.run"
NEWS = "job"
"""Bus topic on which this process tells of jobs that stand otherwise than before."""
ALIVE_MS = 15_000
"""So long after its last sign of life a process still counts as running jobs."""
WAITS_MS = 60_000
"""What nobody has begun so long after it was asked for is not begun any more."""
COUNTED = 200
DAY_MS = 86_400_000
KEEP_RUNS_MS = 7 * DAY_MS
LONGEST_HISTORY = 200


class Jobs:
    """The timed jobs of one installation, whichever process runs them."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._began_ms = real_now_ms()
        self._told: dict[str, object] = {}

    # ---- looking ---------------------------------------------------------------------------

    def all(self, actor: Actor) -> list[JobNow]:
        """Every job and how it stands, in the order of the code. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return self._all(c)

    def job(self, actor: Actor, name: str) -> JobNow:
        """One job. Raises NotAllowed, Unknown."""
        actor.require(VIEW)
        with self._database.read() as c:
            return self._found(c, name)

    def history(self, actor: Actor, name: str, limit: int = 50) -> list[Run]:
        """Its runs: those that failed first, then the others, both newest first.

        Raises NotAllowed, Unknown.
        """
        actor.require(VIEW)
        most = min(max(1, limit), LONGEST_HISTORY)
        with self._database.read() as c:
            self._found(c, name)
            failed = store.list_runs(c, name, most, failed=True)
            rest = store.list_runs(c, name, most)
        return [*failed, *(run for run in rest if not run.failed)][:most]

    def processes(self, actor: Actor) -> list[Process]:
        """Who runs jobs now. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return store.read_processes(c, real_now_ms() - ALIVE_MS)

    def overdue(self) -> list[JobNow]:
        """Jobs that have not run for three of their intervals, for whoever tells of it."""
        with self._database.read() as c:
            return [now for now in self._all(c) if now.standing.state == "overdue"]

    # ---- acting ----------------------------------------------------------------------------

    def run_now(self, actor: Actor, name: str) -> Asked:
        """Ask the process that runs the jobs to run one at once; it does so exactly once.

        Raises NotAllowed, Unknown, Unavailable where no process runs jobs, and Conflict where it
        waits or runs already.
        """
        actor.require(RUN)
        now_ms = real_now_ms()
        with self._database.write() as c:
            now = self._found(c, name)
            if now.asked is not None and now.asked.run is None:
                by = now.asked.asked_by
                raise Conflict(f"{by} has just asked for it.", by, "already_asked")
            if now.standing.state == "running":
                holder = now.last.owner if now.last else None
                raise Conflict("It is running now.", holder, "already_running")
            if not store.read_processes(c, now_ms - ALIVE_MS):
                raise Unavailable("scheduler", "No process runs the jobs now.")
            # Ticks fall on even milliseconds: what is asked for is never one of theirs.
            asked = Asked(name, now_ms | 1, now_ms, actor.name[:100])
            if not store.insert_asked(c, asked):
                raise Conflict("Somebody asked for it at the same moment.", code="already_asked")
            record(c, actor, "jobs.run", f"job/{name}", after={"title": now.info.title})
        self.tell_news()
        return asked

    # ---- for the processes that run jobs ---------------------------------------------------

    def register(self, infos: Sequence[JobInfo]) -> None:
        """Keep which jobs there are, for processes that do not run them."""
        with self._database.write() as c:
            store.put_catalogue(c, infos, real_now_ms())

    def seen(self, owner: str) -> None:
        """A sign of life of a process that runs jobs."""
        with self._database.write() as c:
            store.put_process(c, owner, real_now_ms())

    def left(self, owner: str) -> None:
        """A process runs no more jobs."""
        with self._database.write() as c:
            store.drop_process(c, owner)

    def waiting(self) -> list[Asked]:
        """What was asked for lately and nobody has begun."""
        with self._database.read() as c:
            listed = store.read_asked(c, real_now_ms() - WAITS_MS)
        return [asked for asked in listed if asked.run is None]

    def last_due_ms(self) -> dict[str, int]:
        """For which moment each job ran last."""
        with self._database.read() as c:
            return {name: run.due_ms for name, run in store.newest_runs(c).items()}

    def forget_old(self) -> None:
        """Drop claims so old that no process can still compete for them."""
        store.forget_runs(self._database, real_now_ms() - KEEP_RUNS_MS)

    def tell_news(self) -> int:
        """Publish which jobs stand otherwise than when this process last told; how many.

        Every process calls it again and again, so that those who only watch hear of the others.
        """
        with self._database.read() as c:
            now = {one.info.name: _mark(one) for one in self._all(c, figures=False)}
        before, self._told = self._told, dict(now)
        changed = [name for name, mark in now.items() if before.get(name) != mark]
        if before and changed:
            self._bus.publish(NEWS, {"jobs": changed})
        return len(changed) if before else 0

    # ---- putting together ------------------------------------------------------------------

    def _found(self, c: Connection, name: str) -> JobNow:
        found = next((now for now in self._all(c) if now.info.name == name), None)
        if found is None:
            raise Unknown("job", name[:64])
        return found

    def _all(self, c: Connection, *, figures: bool = True) -> list[JobNow]:
        """Every job; without `figures` durations and failures are left out."""
        now_ms = real_now_ms()
        last = store.newest_runs(c)
        alive = {process.owner for process in store.read_processes(c, now_ms - ALIVE_MS)}
        asked = {one.job: one for one in store.read_asked(c, now_ms - WAITS_MS)}
        failures = store.count_failures(c, now_ms - DAY_MS) if figures else {}
        found = []
        for info, known_ms in store.read_catalogue(c):
            run = last.get(info.name)
            took = store.durations_ms(c, info.name, COUNTED) if figures else []
            found.append(
                JobNow(
                    info=info,
                    standing=states.standing(info, run, alive, known_ms, self._began_ms, now_ms),
                    last=run,
                    asked=asked.get(info.name),
                    next_ms=states.next_due_ms(info, now_ms) if alive else None,
                    p95_ms=states.p95(took),
                    counted=len(took),
                    failures=failures.get(info.name, 0),
                )
            )
        return found


def _mark(now: JobNow) -> object:
    last = now.last
    seen = (last.due_ms, last.finished_ms) if last else None
    return now.standing.state, seen, now.asked and now.asked.due_ms, now.next_ms is None
