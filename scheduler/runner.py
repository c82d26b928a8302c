"""APScheduler in memory, jobs from code, each run claimed by a row so that it happens once.

A shared job store does not keep two processes from running the same job (performance.md §5); a
claim row does. Every process ticks, the first to insert (job, due) works. Times are UTC.
"""

import logging
import os
import socket
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from domain.foundation.clock import real_now_ms
from domain.house import House
from scheduler import store
from scheduler.jobs import JOBS, Job

log = logging.getLogger(__name__)
LEASE = "scheduler"
"""Says only that some process runs the jobs; which run is whose is decided by claims."""
SHOW_EVERY_S = 5
SHOWN_MS = 15_000


def process_name() -> str:
    """Name this process among all that share the database."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


class Scheduler:
    """The timed jobs of one process."""

    def __init__(self, house: House, jobs: tuple[Job, ...] = JOBS) -> None:
        self._house, self._jobs = house, jobs
        self._owner = process_name()
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
        """Begin ticking."""
        for job in self._jobs:
            self._scheduler.add_job(
                self._tick, "interval", seconds=job.every_s, args=[job], id=job.name
            )
        self._scheduler.add_job(self._show, "interval", seconds=SHOW_EVERY_S, id=LEASE)
        self._show()
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs finish and tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            store.release_lease(self._house.database, LEASE, self._owner)

    def _show(self) -> None:
        store.take_lease(self._house.database, LEASE, self._owner, real_now_ms, SHOWN_MS)

    def _tick(self, job: Job) -> None:
        now_ms = real_now_ms()
        every_ms = round(job.every_s * 1000)
        run_once(self._house, job, now_ms - now_ms % every_ms, self._owner)


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
