"""People make tariffs, versions of them, and put them in use.

Tariffs follow Analytics: View reads, Full writes. A change writes its audit row and marks the days
it concerns to be settled anew, in its own transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.calendar.service import Calendar
from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict, FieldError, InvalidInput
from domain.money import due_store, tariff_store
from domain.money.contracts import Change, changed_days, plan, with_use, with_version
from domain.money.due import Due
from domain.money.feed_source import FeedSource
from domain.money.pricing import InForce
from domain.money.tariff import Direction, Tariff, TariffVersion, Terms
from domain.money.tariff_codec import encode
from domain.money.tariff_prices import TariffPrices, found
from domain.money.tariff_rules import name_errors, terms_errors
from domain.storage.engine import Database

WRITE = "analytics.full"
MOST_TARIFFS = 50
MOST_VERSIONS = 200
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


class Tariffs(TariffPrices):
    """Contracts and scenarios of one building."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        calendar: Calendar,
        feeds: FeedSource,
        due: Due,
    ) -> None:
        super().__init__(database, clock, zone, calendar, feeds)
        self._due = due

    def create(
        self,
        actor: Actor,
        name: str,
        direction: Direction,
        valid_from: date,
        terms: Terms,
        use_from: date | None = None,
    ) -> Tariff:
        """Add a tariff with its first version, and put it in use from a day on if asked to.

        Raises NotAllowed, InvalidInput per field, Conflict over the most or for a name taken.
        """
        actor.require(WRITE)
        errors = [
            *name_errors(name, direction),
            *self._version_errors(direction, valid_from, terms),
        ]
        _refuse(errors + ([] if use_from is None else _day_errors("use_from", use_from)))
        with self._change(direction, f"New tariff {name}") as c:
            known = tariff_store.read_tariffs(c)
            if len(known) >= MOST_TARIFFS:
                raise Conflict(f"At most {MOST_TARIFFS} tariffs.", code="too_many_tariffs")
            _refuse_taken(known, name, direction)
            tariff_id = tariff_store.insert_tariff(c, name.strip(), direction)
            made = (self._clock.now_ms(), actor.name)
            tariff_store.insert_version(c, tariff_id, valid_from, terms, made)
            said = {"name": name.strip(), "direction": direction, **_said(valid_from, terms)}
            if use_from is not None:
                tariff_store.put_use(c, direction, use_from, tariff_id)
                said["use_from"] = use_from
            record(c, actor, "tariffs.create", f"tariff/{tariff_id}", after=said)
            return found(c, tariff_id)

    def rename(self, actor: Actor, tariff_id: int, name: str, version: int) -> Tariff:
        """Call a tariff something else. Raises NotAllowed, Unknown, InvalidInput, Conflict."""
        actor.require(WRITE)
        with self._database.write() as c:
            tariff = found(c, tariff_id)
            _refuse(name_errors(name, tariff.direction))
            others = [t for t in tariff_store.read_tariffs(c) if t.tariff_id != tariff_id]
            _refuse_taken(others, name, tariff.direction)
            _step(c, tariff, version, name.strip())
            before, after = {"name": tariff.name}, {"name": name.strip()}
            record(c, actor, "tariffs.rename", f"tariff/{tariff_id}", before=before, after=after)
            return found(c, tariff_id)

    def new_version(
        self,
        actor: Actor,
        tariff_id: int,
        valid_from: date,
        terms: Terms,
        version: int,
        instead_of: int | None = None,
    ) -> Tariff:
        """Let other terms hold from a day on, in place of one version or after those there are.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when the tariff was changed
        since `version`, or has another version from that day.
        """
        actor.require(WRITE)
        tariff = self.get(tariff_id)
        _refuse(self._version_errors(tariff.direction, valid_from, terms))
        with self._change(tariff.direction, f"Other terms of {tariff.name}") as c:
            present = tariff_store.read_versions(c, tariff_id)
            before = _replaced(present, instead_of)
            _refuse_clash(present, valid_from, instead_of)
            _step(c, found(c, tariff_id), version)
            made = (self._clock.now_ms(), actor.name)
            version_id = tariff_store.insert_version(c, tariff_id, valid_from, terms, made)
            if before is not None:
                tariff_store.replace_version(c, before.version_id, version_id)
            act = "tariffs.new_version" if before is None else "tariffs.edit_version"
            was = None if before is None else _said(before.valid_from, before.terms)
            target = f"tariff/{tariff_id}/version/{version_id}"
            record(c, actor, act, target, before=was, after=_said(valid_from, terms))
            return found(c, tariff_id)

    def put_in_use(self, actor: Actor, tariff_id: int, first: date, version: int) -> Tariff:
        """Let a tariff price the building from a local day on, until the next one takes over.

        Raises NotAllowed, Unknown, InvalidInput, Conflict when it was changed since `version`.
        """
        actor.require(WRITE)
        _refuse(_day_errors("first_day", first))
        tariff = self.get(tariff_id)
        with self._change(tariff.direction, f"{tariff.name} in use") as c:
            contracts = dict(tariff_store.read_contracts(c, tariff.direction))
            _step(c, found(c, tariff_id), version)
            tariff_store.put_use(c, tariff.direction, first, tariff_id)
            was = {"first_day": first, "tariff_id": contracts.get(first)}
            after = {"first_day": first, "tariff_id": tariff_id}
            target = f"tariff/{tariff_id}"
            record(c, actor, "tariffs.put_in_use", target, before=was, after=after)
            return found(c, tariff_id)

    def delete(self, actor: Actor, tariff_id: int, version: int) -> None:
        """Drop a tariff that was never in use. Raises NotAllowed, Unknown, Conflict."""
        actor.require(WRITE)
        with self._database.write() as c:
            tariff = found(c, tariff_id)
            if tariff.uses:
                raise Conflict(f"“{tariff.name}” is or was in use and stays.", code="in_use")
            if not tariff_store.delete_tariff(c, tariff_id, version):
                raise _changed(tariff)
            was = {"name": tariff.name, "direction": tariff.direction}
            record(c, actor, "tariffs.delete", f"tariff/{tariff_id}", before=was)

    def effect_of_version(
        self, tariff_id: int, valid_from: date, terms: Terms, instead_of: int | None = None
    ) -> Change | None:
        """What `new_version` would change; None where nothing in use would. Raises Unknown."""
        with self._database.read() as c:
            tariff = found(c, tariff_id)
            contracts = tariff_store.read_contracts(c, tariff.direction)
            versions = tariff_store.read_versions(c)
            new = TariffVersion(0, tariff_id, tariff.name, tariff.direction, valid_from, terms)
            after = plan(contracts, with_version(versions, new, instead_of))
            return _change(c, plan(contracts, versions), after)

    def effect_of_use(self, tariff_id: int, first: date) -> Change | None:
        """What `put_in_use` would change; None where nothing would. Raises Unknown."""
        with self._database.read() as c:
            contracts = tariff_store.read_contracts(c, found(c, tariff_id).direction)
            versions = tariff_store.read_versions(c)
            after = plan(with_use(contracts, first, tariff_id), versions)
            return _change(c, plan(contracts, versions), after)

    def effect_of_new(self, direction: Direction, first: date, terms: Terms) -> Change | None:
        """What `create` with these terms, in use from the day they begin, would change."""
        with self._database.read() as c:
            contracts = tariff_store.read_contracts(c, direction)
            versions = tariff_store.read_versions(c)
            new = TariffVersion(0, 0, "", direction, first, terms)
            after = plan(with_use(contracts, first, 0), [*versions, new])
            return _change(c, plan(contracts, versions), after)

    @contextmanager
    def _change(self, direction: str, reason: str) -> Iterator[Connection]:
        """One transaction, at whose end the days that cost something else now are marked."""
        with self._database.write() as c:
            before = _plan(c, direction)
            yield c
            changed = changed_days(before, _plan(c, direction))
            if changed is not None:
                self._due.mark(c, *changed, reason[:80])

    def _version_errors(
        self, direction: Direction, valid_from: date, terms: Terms
    ) -> list[FieldError]:
        wrong = terms_errors(direction, terms, self.price_feeds())
        return [*_day_errors("valid_from", valid_from), *wrong]


def _plan(c: Connection, direction: str) -> tuple[InForce, ...]:
    return plan(tariff_store.read_contracts(c, direction), tariff_store.read_versions(c))


def _change(c: Connection, before: Sequence[InForce], after: Sequence[InForce]) -> Change | None:
    changed = changed_days(before, after)
    if changed is None:
        return None
    return Change(*changed, len(due_store.settled_days(c, *changed)))


def _step(c: Connection, tariff: Tariff, version: int, name: str | None = None) -> None:
    if not tariff_store.raise_version(c, tariff.tariff_id, version, name):
        raise _changed(tariff)


def _changed(tariff: Tariff) -> Conflict:
    return Conflict(f"“{tariff.name}” was changed meanwhile; look again.")


def _replaced(present: Sequence[TariffVersion], version_id: int | None) -> TariffVersion | None:
    if version_id is None:
        return None
    for version in present:
        if version.version_id == version_id:
            return version
    raise Conflict("That version has been replaced meanwhile; look again.")


def _refuse_clash(
    present: Sequence[TariffVersion], valid_from: date, instead_of: int | None
) -> None:
    if len(present) >= MOST_VERSIONS:
        raise Conflict(f"At most {MOST_VERSIONS} versions.", code="too_many_versions")
    for other in present:
        if other.valid_from == valid_from and other.version_id != instead_of:
            raise Conflict("There is a version from that day already; edit that one.")


def _refuse_taken(known: Sequence[Tariff], name: str, direction: str) -> None:
    key = name.strip().casefold()
    if any(t.name.casefold() == key and t.direction == direction for t in known):
        raise Conflict(f"There is a tariff “{name.strip()}” already.", code="name_taken")


def _refuse(errors: Sequence[FieldError]) -> None:
    if errors:
        raise InvalidInput("This tariff cannot be used.", errors)


def _day_errors(field: str, day: date) -> list[FieldError]:
    if EARLIEST <= day <= LATEST:
        return []
    message = f"A day from {EARLIEST.isoformat()} to {LATEST.isoformat()}"
    return [FieldError(field, message, [EARLIEST.isoformat(), LATEST.isoformat()])]


def _said(valid_from: date, terms: Terms) -> dict[str, object]:
    return {"valid_from": valid_from, "terms": encode(terms)}
