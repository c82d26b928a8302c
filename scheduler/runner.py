"""APScheduler in memory, jobs from code, each run claimed by a row so that it happens once.

A shared job store does not keep two processes from running the same job (performance.md §5); a
claim row does. Every process ticks at the same whole intervals since 1970, and the first to insert
(job, due) works; what a person asks for is one more moment that is due. Times are UTC.
"""

import logging
import os
import socket
import threading
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from domain.foundation.clock import from_ms, real_now_ms
from domain.house import House
from domain.jobs import states
from domain.jobs.model import Asked
from domain.jobs.service import WAITS_MS
from scheduler import store
from scheduler.jobs import JOBS, Job

log = logging.getLogger(__name__)
LEASE = "scheduler"
"""Says only that some process runs the jobs; which run is whose is decided by claims."""
SHOW_EVERY_S = 5
SHOWN_MS = 15_000
LOOK_EVERY_S = 1
"""How often a process looks for what people ask for."""
SOON_MS = 5_000
"""A run that was missed while nothing ran follows so soon after the start."""
EPOCH = from_ms(0)


def process_name() -> str:
    """Name this process among all that share the database."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


class Scheduler:
    """The timed jobs of one process."""

    def __init__(self, house: House, jobs: tuple[Job, ...] = JOBS) -> None:
        self._house, self._jobs = house, jobs
        self._owner = process_name()
        # Within one process a job never runs beside itself.
        self._turns = {job.name: threading.Lock() for job in jobs}
        self._taken: set[tuple[str, int]] = set()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    @property
    def running(self) -> bool:
        """Whether the timer thread is alive."""
        return bool(self._scheduler.running)

    def start(self) -> None:
        """Begin ticking; what was missed while nothing ran is made up for soon."""
        self._house.jobs.register([job.info for job in self._jobs])
        last_due, now_ms = self._house.jobs.last_due_ms(), real_now_ms()
        for place, job in enumerate(self._jobs):
            soon_ms = SOON_MS + 100 * place
            first_ms = states.first_tick_ms(job.info, last_due.get(job.name), now_ms, soon_ms)
            self._scheduler.add_job(
                self._tick,
                "interval",
                seconds=job.every_s,
                start_date=EPOCH,
                next_run_time=from_ms(first_ms),
                args=[job],
                id=job.name,
            )
        self._scheduler.add_job(self._show, "interval", seconds=SHOW_EVERY_S, id=LEASE)
        self._scheduler.add_job(self._look, "interval", seconds=LOOK_EVERY_S, id=f"{LEASE}-asked")
        self._show()
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs finish and tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            store.release_lease(self._house.database, LEASE, self._owner)
            self._house.jobs.left(self._owner)

    def _show(self) -> None:
        store.take_lease(self._house.database, LEASE, self._owner, real_now_ms, SHOWN_MS)
        self._house.jobs.seen(self._owner)

    def _tick(self, job: Job) -> None:
        now_ms = real_now_ms()
        every_ms = job.info.every_ms
        with self._turns[job.name]:
            run_once(self._house, job, now_ms - now_ms % every_ms, self._owner)

    def _look(self) -> None:
        """Begin what people ask for; whoever claims it first does it."""
        known = {job.name: job for job in self._jobs}
        for asked in self._house.jobs.waiting():
            key = (asked.job, asked.due_ms)
            if asked.job in known and key not in self._taken:
                self._taken.add(key)
                self._scheduler.add_job(self._obey, args=[known[asked.job], asked])

    def _obey(self, job: Job, asked: Asked) -> None:
        try:
            with self._turns[job.name]:
                # What waited longer, behind a long run or in a frozen process, was given up.
                if real_now_ms() <= asked.asked_ms + WAITS_MS:
                    run_once(self._house, job, asked.due_ms, self._owner)
        finally:
            self._taken.discard((asked.job, asked.due_ms))


def run_once(house: House, job: Job, due_ms: int, owner: str) -> bool:
    """Run `job` for `due_ms` unless another process has claimed it; a failure is kept in words."""
    if not store.claim(house.database, job.name, due_ms, owner, real_now_ms()):
        return False
    try:
        job.run(house)
        outcome = "ok"
    except Exception as error:
        log.exception("job %s failed", job.name)
        outcome = f"failed: {error}"
    store.finish(house.database, job.name, due_ms, real_now_ms(), outcome)
    return True
