"""The site's limits: who sets them, and what they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.control import command_store, limit_store
from domain.control.acts import reason_of
from domain.control.flexible import cap_of
from domain.control.limit_fields import checked_limits, checked_order
from domain.control.limit_store import GridOrder, SiteLimit
from domain.control.limits import Cap
from domain.control.registry import CONTROL, VIEW
from domain.control.site_narrowing import SiteNarrowing, caps_of, in_direction
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import Conflict, Unknown


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


class SiteLimits(SiteNarrowing):
    """The site's own limit, the grid operator's orders, and how it stands."""

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
            sources = self.sources(c, now_ms)
            caps = caps_of(command_store.live_intents(c), now_ms) if sources else {}
        main = self.main(now_ms)
        found = []
        for direction, (limit_kw, source, until_ms) in sources.items():
            held = caps.get(direction, {})
            grid_kw = in_direction(main.power_kw, direction)
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

    def _found(self, c: Connection, order_id: int) -> GridOrder:
        found = limit_store.read_order(c, order_id)
        if found is None:
            raise Unknown("order", order_id)
        return found


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
