"""The timed jobs, in code: what runs, how often, and what a late run does."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.climate.loop import TICK_MS
from domain.foundation.clock import from_ms
from domain.house import House
from domain.jobs.model import JobInfo
from domain.money.feed_watch import tell_overdue
from scheduler.sending import sender

CHAIN = "ledger-chain"
"""The key of the event of a ledger that is not as it was written."""
LIMIT_METER, LIMIT_PASSED = "site-limit-meter", "site-limit-passed"
"""The keys of the events of a limit that nobody can watch over, and of one that is passed."""


@dataclass(frozen=True)
class Job:
    """`run` does all that is due, however late it comes, so a missed run needs no catching up.

    `meaning` completes the sentence that begins with the job; `title` names it for people.
    """

    name: str
    every_s: float
    run: Callable[[House], object]
    meaning: str
    title: str = ""

    @property
    def info(self) -> JobInfo:
        """What other processes know of it."""
        title = self.title or self.name.replace("-", " ").capitalize()
        return JobInfo(self.name, title, self.meaning, self.every_s)


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


def _keep_limits(house: House) -> None:
    told, at = house.control.limits.run(), house.clock.now()
    for key, severity, cause in (
        (LIMIT_METER, "warning", told.unknown),
        (LIMIT_PASSED, "fault", told.over),
    ):
        if cause:
            house.alarms.raise_event("Site limits", key, severity, "devices", cause, at=at)
        else:
            house.alarms.clear_event("devices", key, at)


JOBS: tuple[Job, ...] = (
    Job("settle", 5, lambda house: house.telemetry.settle(), "bring rollups up to date", "Rollups"),
    Job(
        "money",
        10,
        lambda house: house.money.settlement.run(),
        "settle days into the ledger",
        "Settlement",
    ),
    Job("ledger", 30, _keep_ledger, "seal the ledger and check its chain", "Ledger chain"),
    Job(
        "quality",
        300,
        lambda house: house.telemetry.check_quality(),
        "look for bad data",
        "Data quality",
    ),
    Job(
        "alarms",
        5,
        lambda house: house.alarms.evaluate(),
        "evaluate rules over new readings",
        "Alarm rules",
    ),
    Job(
        "climate",
        TICK_MS / 1000,
        lambda house: house.climate.run(),
        "decide on room climate",
        "Room climate",
    ),
    Job(
        "automation",
        5,
        lambda house: house.automation.run(),
        "decide by rules and schedules",
        "Automation",
    ),
    Job(
        "automation-log",
        86_400,
        lambda house: house.automation.forget_old(),
        "drop old log",
        "Automation log",
    ),
    Job("limits", 5, _keep_limits, "hold devices inside the site's limits", "Site limits"),
    Job("notify", 5, _notify, "tell people of events", "Notifications"),
    Job(
        "notify-log",
        86_400,
        lambda house: house.alarms.deliveries.forget_old(),
        "drop old log",
        "Notification log",
    ),
    Job("feeds", 30, _fetch_feeds, "fetch prices and carbon, tell what is overdue", "Feeds"),
    Job(
        "retain",
        3600,
        lambda house: house.telemetry.retain(),
        "drop what retention lets go",
        "Retention",
    ),
    Job("sessions", 900, lambda house: house.access.forget_ended(), "drop ended sessions"),
    Job(
        "keys",
        3600,
        lambda house: house.idempotency.forget_old(),
        "drop old keys of calls",
        "Call keys",
    ),
    Job("job-runs", 86_400, lambda house: house.jobs.forget_old(), "drop old runs of jobs"),
)
