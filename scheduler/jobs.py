"""The timed jobs, in code: what runs, how often, and what a late run does."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.house import House
from scheduler import store
from scheduler.sending import sender

KEEP_RUNS_MS = 7 * 86_400_000


@dataclass(frozen=True)
class Job:
    """`run` does all that is due, however late it comes, so a missed run needs no catching up."""

    name: str
    every_s: float
    run: Callable[[House], object]
    meaning: str


def _forget_runs(house: House) -> None:
    store.forget_runs(house.database, house.clock.now_ms() - KEEP_RUNS_MS)


def _notify(house: House) -> int:
    return house.alarms.deliveries.run(sender(house.settings))


JOBS: tuple[Job, ...] = (
    Job("settle", 5, lambda house: house.telemetry.settle(), "bring rollups up to date"),
    Job("money", 10, lambda house: house.money.settlement.run(), "settle days into the ledger"),
    Job("quality", 300, lambda house: house.telemetry.check_quality(), "look for bad data"),
    Job("alarms", 5, lambda house: house.alarms.evaluate(), "evaluate rules over new readings"),
    Job("notify", 5, _notify, "tell people of events"),
    Job("notify-log", 86_400, lambda house: house.alarms.deliveries.forget_old(), "drop old log"),
    Job("feeds", 30, lambda house: house.money.feeds.fetch_due(), "fetch prices and carbon"),
    Job("retain", 3600, lambda house: house.telemetry.retain(), "drop what retention lets go"),
    Job("sessions", 900, lambda house: house.access.forget_ended(), "drop ended sessions"),
    Job("keys", 3600, lambda house: house.idempotency.forget_old(), "drop old call keys"),
    Job("job-runs", 86_400, _forget_runs, "drop old job claims"),
)
