"""The timed jobs, in code: what runs, how often, and what a late run does."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.foundation.clock import from_ms, real_now_ms
from domain.house import House
from domain.money.feed_watch import tell_overdue
from scheduler import store
from scheduler.sending import sender

KEEP_RUNS_MS = 7 * 86_400_000
CHAIN = "ledger-chain"
"""The key of the event of a ledger that is not as it was written."""


@dataclass(frozen=True)
class Job:
    """`run` does all that is due, however late it comes, so a missed run needs no catching up."""

    name: str
    every_s: float
    run: Callable[[House], object]
    meaning: str


def _forget_runs(house: House) -> None:
    # Claims are on real time: a building's clock that runs ahead must not forget those of today.
    store.forget_runs(house.database, real_now_ms() - KEEP_RUNS_MS)


def _notify(house: House) -> int:
    return house.alarms.deliveries.run(sender(house.settings))


def _fetch_feeds(house: House) -> None:
    house.money.feeds.fetch_due()
    tell_overdue(house.money.feeds.overdue(), house.alarms, house.clock.now(), house.zone)


def _keep_ledger(house: House) -> None:
    check = house.money.keeping.run()
    if check is None:
        return
    at = from_ms(check.checked_ms)
    if check.broken:
        house.alarms.raise_event("Ledger", CHAIN, "fault", "money", check.broken, at=at)
    else:
        house.alarms.clear_event("money", CHAIN, at)


JOBS: tuple[Job, ...] = (
    Job("settle", 5, lambda house: house.telemetry.settle(), "bring rollups up to date"),
    Job("money", 10, lambda house: house.money.settlement.run(), "settle days into the ledger"),
    Job("ledger", 30, _keep_ledger, "seal the ledger and check its chain"),
    Job("quality", 300, lambda house: house.telemetry.check_quality(), "look for bad data"),
    Job("alarms", 5, lambda house: house.alarms.evaluate(), "evaluate rules over new readings"),
    Job("notify", 5, _notify, "tell people of events"),
    Job("notify-log", 86_400, lambda house: house.alarms.deliveries.forget_old(), "drop old log"),
    Job("feeds", 30, _fetch_feeds, "fetch prices and carbon, tell what is overdue"),
    Job("retain", 3600, lambda house: house.telemetry.retain(), "drop what retention lets go"),
    Job("sessions", 900, lambda house: house.access.forget_ended(), "drop ended sessions"),
    Job("keys", 3600, lambda house: house.idempotency.forget_old(), "drop old call keys"),
    Job("job-runs", 86_400, _forget_runs, "drop old job claims"),
)
