"""The job that holds devices inside the site's limits: main meter in, `grid` intents out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from domain.building.service import Building
from domain.control import command_store, device_store, limit_store
from domain.control.arbitration import Intent, Setting, arbitrate
from domain.control.flexible import (
    EXPORT,
    IMPORT,
    Lease,
    cap_of,
    flexible_of,
    intent_of,
)
from domain.control.limit_store import CAP_KEY
from domain.control.limits import Decision, Flexible, SiteNow, decide
from domain.control.model import DeviceNow
from domain.control.owners import EVERY_ASPECT
from domain.control.rounds import by_device
from domain.foundation.clock import Clock
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
class Told:
    """What is to ring, None where it is not: the meter is not known, the limit is passed."""

    unknown: str | None = None
    over: str | None = None
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Main:
    """The main meters together: import [kW], None while it is not known, and the oldest reading."""

    power_kw: float | None
    ts_ms: int


class SiteNarrowing:
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

    # ---- narrowing -------------------------------------------------------------------------

    def run(self) -> Told:
        """Bring the caps of devices into line with limits and main meter; what is to ring."""
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            sources = self.sources(c, now_ms)
            intents = command_store.live_intents(c)
            caps = caps_of(intents, now_ms)
            if not sources and not any(caps.values()):
                return Told()
            refused = limit_store.refused_since(c, now_ms - REST_MS)
            stopped = command_store.stop_at(c, now_ms) is not None
            devices = device_store.read_devices(c)
            reports = device_store.read_reports(c)
            others = by_device(i for i in intents if not (i.key or "").startswith(CAP_KEY))
            barred = self._control.barred(c, devices, others)
        listed = [
            now for now in self._control.now_of(devices, reports)
            if now.device.device_id not in refused
        ]  # fmt: skip
        wanted = {
            now.device.device_id: arbitrate(
                now.device,
                others.get(now.device.device_id, ()),
                now.report,
                now_ms,
                stopped=stopped,
                fresh=not now.stale,
                barred=barred.get(now.device.device_id),
            )[0]
            for now in listed
        }
        main = self.main(now_ms)
        told = Told()
        for direction in (IMPORT, EXPORT):
            held = caps.get(direction, {})
            if direction not in sources:
                self._apply([(intent, "the limit ended") for intent in held.values()], [])
                continue
            limit_kw, source, _ = sources[direction]
            flexible = _narrowable(listed, wanted, held, direction)
            site = self._site(limit_kw, in_direction(main.power_kw, direction), main, held, now_ms)
            decision = decide(site, flexible, {key: cap_of(i) for key, i in held.items()})
            changed = self._hold_to(decision, flexible, listed, held, direction, source, now_ms)
            told = _with(told, decision, site, direction, source, changed)
        return told

    def _site(
        self,
        limit_kw: float,
        grid_kw: float | None,
        main: Main,
        held: Mapping[str, Intent],
        now_ms: int,
    ) -> SiteNow:
        changed_ms = max((intent.requested_ms for intent in held.values()), default=0)
        settle_ms = round(SETTLE_S * 1000 * max(1.0, self._clock.speed))
        settled = main.ts_ms >= changed_ms + settle_ms
        return SiteNow(limit_kw, grid_kw, settled, now_ms - changed_ms)

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

    def sources(self, c: Connection, now_ms: int) -> dict[str, tuple[float, str, int | None]]:
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

    def main(self, now_ms: int) -> Main:
        """The power of the main meters together, while each of them has spoken of late."""
        meters = [s.sensor_id for s in self._building.meters() if s.meter_role == "main"]
        latest = self._telemetry.latest()
        total_kw, oldest_ms, known = 0.0, now_ms, True
        for sensor_id in meters:
            value = latest.get((sensor_id, "power"))
            if value is None:
                return Main(None, 0)
            total_kw += value.value
            oldest_ms = min(oldest_ms, value.ts_ms)
            if freshness_state(now_ms - value.ts_ms, value.interval_s) not in _USABLE:
                known = False
        if not meters:
            return Main(None, 0)
        return Main(total_kw if known else None, oldest_ms)


def _narrowable(
    listed: Sequence[DeviceNow],
    wanted: Mapping[str, Setting],
    held: Mapping[str, Intent],
    direction: str,
) -> list[Flexible]:
    """Devices that can be narrowed, as they would be without the site's limits."""
    found = []
    for now in listed:
        run = wanted[now.device.device_id]
        if run.winner is not None and run.winner.owner in EVERY_ASPECT:
            continue  # locked out
        one = flexible_of(now, run, held.get(now.device.device_id), direction)
        if one is not None:
            found.append(one)
    return found


def caps_of(intents: Iterable[Intent], now_ms: int) -> dict[str, dict[str, Intent]]:
    """The intents by which the site's limits hold devices, by direction and device."""
    found: dict[str, dict[str, Intent]] = {}
    for intent in intents:
        if intent.owner != "grid" or not (intent.key or "").startswith(CAP_KEY):
            continue
        direction = (intent.key or "").split("/")[1]
        if intent.holds_at(now_ms):
            found.setdefault(direction, {})[intent.device_id] = intent
    return found


def in_direction(power_kw: float | None, direction: str) -> float | None:
    """The main meter's power as it counts against a limit; None while it is not known."""
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
