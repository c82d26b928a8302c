"""The site's limits: who sets them, what they are now, and how they narrow devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.building.service import Building
from domain.control import command_store, device_store, limit_store
from domain.control.acts import reason_of
from domain.control.arbitration import Intent, arbitrate
from domain.control.flexible import (
    EXPORT,
    IMPORT,
    Lease,
    cap_of,
    flexible_of,
    intent_of,
)
from domain.control.limit_fields import checked_limits, checked_order
from domain.control.limit_store import CAP_KEY, GridOrder, SiteLimit
from domain.control.limits import Cap, Decision, Flexible, SiteNow, decide
from domain.control.model import DeviceNow
from domain.control.registry import CONTROL, VIEW
from domain.foundation.clock import Clock, from_ms, iso_utc
from domain.foundation.errors import Conflict, Unknown
from domain.storage.engine import Database
from domain.telemetry.freshness import freshness_state
from domain.telemetry.service import Telemetry

if TYPE_CHECKING:
    from domain.control.acts import Acts

LEASE_MS = 600_000
"""Caps hold so long without anybody renewing them; they are renewed at half."""
SETTLE_S = 15.0
"""So long after a change, in real time, the main meter does not tell of it yet."""
REST_MS = 600_000
"""A device that did not follow is left alone so long."""
BREAKER = "Site limit"
_USABLE = ("fresh", "late")


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of the site: its limit and whose it is, the main meter, and who is narrowed.

    `grid_kw` None is not known, `ts_ms` when it was read; `state` is free, narrowed or holding.
    """

    direction: str
    limit_kw: float
    source: str
    until_ms: int | None
    grid_kw: float | None
    ts_ms: int | None
    state: str
    caps: Mapping[str, Cap]
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is to ring, None where it is not: the meter is not known, the limit is passed."""

    unknown: str | None = None
    over: str | None = None
    changed: int = 0


@dataclass(frozen=True, slots=True)
class _Main:
    """The main meters together: import [kW], None while it is not known, and the oldest reading."""

    power_kw: float | None
    ts_ms: int


class SiteLimits:
    """Reads the main meter and lets `grid` intents hold devices inside the site's limits."""

    def __init__(
        self,
        control: Acts,
        database: Database,
        clock: Clock,
        telemetry: Telemetry,
        building: Building,
    ) -> None:
        self._control = control
        self._database = database
        self._clock = clock
        self._telemetry = telemetry
        self._building = building

    # ---- looking ---------------------------------------------------------------------------

    def own(self, actor: Actor) -> SiteLimit:
        """The site's own limit, by its main fuse. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return limit_store.read_limit(c)

    def orders(self, actor: Actor) -> list[GridOrder]:
        """What the grid operator orders now or for later. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return limit_store.open_orders(c, self._clock.now_ms())

    def sides(self, actor: Actor) -> list[Side]:
        """Each direction that is limited now, as it stands. Raises NotAllowed."""
        actor.require(VIEW)
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            sources = self._sources(c, now_ms)
            caps = _caps_of(command_store.live_intents(c), now_ms) if sources else {}
        main = self._main(now_ms)
        found = []
        for direction, (limit_kw, source, until_ms) in sources.items():
            held = caps.get(direction, {})
            grid_kw = _in_direction(main.power_kw, direction)
            state = "holding" if grid_kw is None else "narrowed" if held else "free"
            words = next((intent.reason for intent in held.values()), "")
            limits = {key: cap_of(intent) for key, intent in held.items()}
            ts_ms = main.ts_ms or None
            found.append(
                Side(direction, limit_kw, source, until_ms, grid_kw, ts_ms, state, limits, words)
            )
        return found

    # ---- changing --------------------------------------------------------------------------

    def set_own(
        self, actor: Actor, import_kw: object, export_kw: object, version: int | None = None
    ) -> SiteLimit:
        """Change the site's own limit, None for none. Raises NotAllowed, InvalidInput, Conflict."""
        actor.require(CONTROL)
        wanted = checked_limits(import_kw, export_kw)
        with self._database.write() as c:
            before = limit_store.read_limit(c)
            expected = before.version if version is None else version
            if not limit_store.write_limit(c, SiteLimit(*wanted, expected)):
                raise Conflict("Somebody else has changed it meanwhile.", code="limit_changed")
            after = limit_store.read_limit(c)
            record(c, actor, "control.site_limit", "site", _shown(before), _shown(after))
        return after

    def order(self, actor: Actor, fields: Mapping[str, object]) -> GridOrder:
        """Enter what the grid operator ordered for a time.

        Fields are `import_kw`, `export_kw`, `starts_ms` (now), `ends_ms`, `source` and `reason`.
        Raises NotAllowed, InvalidInput per field.
        """
        actor.require(CONTROL)
        now_ms = self._clock.now_ms()
        columns = checked_order(fields, now_ms)
        entered = {"entered_by": actor.name[:100], "entered_ms": now_ms}
        with self._database.write() as c:
            order_id = limit_store.insert_order(c, {**columns, **entered})
            order = self._found(c, order_id)
            record(c, actor, "control.grid_order", f"grid_order/{order_id}", after=_said(order))
        return order

    def end_order(self, actor: Actor, order_id: int, reason: str = "") -> None:
        """Take an order back before its end. Raises NotAllowed, Unknown, Conflict."""
        actor.require(CONTROL)
        why = reason_of(reason)
        with self._database.write() as c:
            order = self._found(c, order_id)
            if not limit_store.end_order(c, order_id, self._clock.now_ms(), actor.name[:100]):
                raise Conflict("This order has ended already.", code="order_ended")
            after = {"reason": why}
            target = f"grid_order/{order_id}"
            record(c, actor, "control.grid_order_end", target, _said(order), after)

    # ---- narrowing -------------------------------------------------------------------------

    def run(self) -> Told:
        """Bring the caps of devices into line with limits and main meter; what is to ring."""
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            sources = self._sources(c, now_ms)
            intents = command_store.live_intents(c)
            caps = _caps_of(intents, now_ms)
            if not sources and not any(caps.values()):
                return Told()
            refused = limit_store.refused_since(c, now_ms - REST_MS)
            stopped = command_store.stop_at(c, now_ms) is not None
            devices = device_store.read_devices(c)
            reports = device_store.read_reports(c)
        listed = [
            now for now in self._control.now_of(devices, reports)
            if now.device.device_id not in refused
        ]  # fmt: skip
        main = self._main(now_ms)
        told = Told()
        for direction in (IMPORT, EXPORT):
            held = caps.get(direction, {})
            if direction not in sources:
                self._apply([(intent, "the limit ended") for intent in held.values()], [])
                continue
            limit_kw, source, _ = sources[direction]
            flexible = self._flexible(listed, intents, held, direction, stopped, now_ms)
            site = self._site(limit_kw, _in_direction(main.power_kw, direction), main, held, now_ms)
            decision = decide(site, flexible, {key: cap_of(i) for key, i in held.items()})
            changed = self._hold_to(decision, flexible, listed, held, direction, source, now_ms)
            told = _with(told, decision, site, direction, source, changed)
        return told

    def _site(
        self,
        limit_kw: float,
        grid_kw: float | None,
        main: _Main,
        held: Mapping[str, Intent],
        now_ms: int,
    ) -> SiteNow:
        changed_ms = max((intent.requested_ms for intent in held.values()), default=0)
        settle_ms = round(SETTLE_S * 1000 * max(1.0, self._clock.speed))
        settled = main.ts_ms >= changed_ms + settle_ms
        return SiteNow(limit_kw, grid_kw, settled, now_ms - changed_ms)

    def _flexible(
        self,
        listed: Sequence[DeviceNow],
        intents: Iterable[Intent],
        held: Mapping[str, Intent],
        direction: str,
        stopped: bool,
        now_ms: int,
    ) -> list[Flexible]:
        """Devices that can be narrowed, as they would be without the site's limits."""
        others: dict[str, list[Intent]] = {}
        for intent in intents:
            if not (intent.key or "").startswith(CAP_KEY):
                others.setdefault(intent.device_id, []).append(intent)
        found = []
        for now in listed:
            asked = others.get(now.device.device_id, [])
            if any(i.owner == "lock_out" and i.holds_at(now_ms) for i in asked):
                continue
            settings = arbitrate(
                now.device, asked, now.report, now_ms, stopped=stopped, fresh=not now.stale
            )
            one = flexible_of(now, settings[0], held.get(now.device.device_id), direction)
            if one is not None:
                found.append(one)
        return found

    def _hold_to(
        self,
        decision: Decision,
        flexible: Sequence[Flexible],
        listed: Sequence[DeviceNow],
        held: Mapping[str, Intent],
        direction: str,
        source: str,
        now_ms: int,
    ) -> int:
        devices = {now.device.device_id: now.device for now in listed}
        wants = {one.device_id: one for one in flexible}
        ended: list[tuple[Intent, str]] = []
        entered: list[Intent] = []
        for device_id, cap in decision.caps.items():
            before = held.get(device_id)
            by_share = devices[device_id].capabilities.power_kw is None
            if by_share and before is None and decision.state == "holding":
                continue  # it takes no bound, only an order to draw less
            if by_share:
                cap = replace(cap, told=True)
            same = before is not None and cap_of(before) == cap
            if same and before is not None and before.ends_ms - now_ms > LEASE_MS // 2:
                continue
            since_ms = before.requested_ms if same and before is not None else now_ms
            reason = (
                before.reason if same and before is not None else f"{direction} {decision.words}"
            )
            lease = Lease(source, reason, since_ms, now_ms, now_ms + LEASE_MS)
            entered.append(intent_of(devices[device_id], wants[device_id], cap, direction, lease))
            if before is not None:
                ended.append(
                    (before, "renewed" if same else "the site's limit leaves another power")
                )
        for device_id, before in held.items():
            # One that nobody hears keeps its cap until the lease is over.
            if device_id not in decision.caps and device_id in wants:
                ended.append((before, "the site's limit leaves room again"))
        self._apply(ended, entered)
        return len(entered) + len(ended)

    def _apply(self, ended: Sequence[tuple[Intent, str]], entered: Sequence[Intent]) -> None:
        if ended or entered:
            self._control.exchange(ended, entered)

    # ---- parts -----------------------------------------------------------------------------

    def _sources(self, c: Connection, now_ms: int) -> dict[str, tuple[float, str, int | None]]:
        """By direction the tightest limit that holds now, whose it is and until when."""
        own = limit_store.read_limit(c)
        orders = [order for order in limit_store.open_orders(c, now_ms) if order.holds_at(now_ms)]
        found: dict[str, tuple[float, str, int | None]] = {}
        for direction, own_kw in ((IMPORT, own.import_kw), (EXPORT, own.export_kw)):
            known: list[tuple[float, str, int | None]] = []
            if own_kw is not None:
                known.append((own_kw, BREAKER, None))
            for order in orders:
                kw = order.import_kw if direction == IMPORT else order.export_kw
                if kw is not None:
                    known.append((kw, order.source, order.ends_ms))
            if known:
                found[direction] = min(known, key=lambda one: one[0])
        return found

    def _main(self, now_ms: int) -> _Main:
        """The power of the main meters together, while each of them has spoken of late."""
        meters = [s.sensor_id for s in self._building.meters() if s.meter_role == "main"]
        latest = self._telemetry.latest()
        total_kw, oldest_ms, known = 0.0, now_ms, True
        for sensor_id in meters:
            value = latest.get((sensor_id, "power"))
            if value is None:
                return _Main(None, 0)
            total_kw += value.value
            oldest_ms = min(oldest_ms, value.ts_ms)
            if freshness_state(now_ms - value.ts_ms, value.interval_s) not in _USABLE:
                known = False
        if not meters:
            return _Main(None, 0)
        return _Main(total_kw if known else None, oldest_ms)

    def _found(self, c: Connection, order_id: int) -> GridOrder:
        found = limit_store.read_order(c, order_id)
        if found is None:
            raise Unknown("order", order_id)
        return found


def _caps_of(intents: Iterable[Intent], now_ms: int) -> dict[str, dict[str, Intent]]:
    """The intents by which the site's limits hold devices, by direction and device."""
    found: dict[str, dict[str, Intent]] = {}
    for intent in intents:
        if intent.owner != "grid" or not (intent.key or "").startswith(CAP_KEY):
            continue
        direction = (intent.key or "").split("/")[1]
        if intent.holds_at(now_ms):
            found.setdefault(direction, {})[intent.device_id] = intent
    return found


def _in_direction(power_kw: float | None, direction: str) -> float | None:
    if power_kw is None:
        return None
    return power_kw if direction == IMPORT else -power_kw


def _with(
    told: Told, decision: Decision, site: SiteNow, direction: str, source: str, changed: int
) -> Told:
    """Add what one direction has to say."""
    unknown, over = told.unknown, told.over
    if site.grid_kw is None:
        unknown = (
            f"The main meter is silent: {source.lower()} of {site.limit_kw:.1f} kW cannot be kept "
            "watch over, so no device may draw more than it did"
        )
    elif decision.over_kw > 0:
        over = (
            f"{direction.capitalize()} is {site.grid_kw:.1f} kW, {decision.over_kw:.1f} kW above "
            f"the {source.lower()} of {site.limit_kw:.1f} kW, and no device is left to narrow"
        )
    return Told(unknown, over or told.over, told.changed + changed)


def _shown(limit: SiteLimit) -> dict[str, object]:
    return {"import_kw": limit.import_kw, "export_kw": limit.export_kw}


def _said(order: GridOrder) -> dict[str, object]:
    return {
        "import_kw": order.import_kw,
        "export_kw": order.export_kw,
        "starts_at": iso_utc(from_ms(order.starts_ms)),
        "ends_at": iso_utc(from_ms(order.ends_ms)),
        "source": order.source,
        "reason": order.reason,
    }
