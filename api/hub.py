"""The live hub: what the house's bus tells becomes frames for every connected client.

A bus notice only marks what changed. One thread sends readings (each series at most every 100 ms,
told sooner while few clients listen), another derives rooms and energy from them, at most twice a
second, and what needs a person every few seconds, only while somebody listens and only what
changed. Every client has its own outbox and its own thread, so a client that does not read delays
nobody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from api.limits import SOCKETS, SUBSCRIBED
from api.live_client import Client
from api.live_coalescer import Coalescer
from api.live_frames import Item, answer, control_item, frame, single_item, wire
from api.live_ring import KEPT_S, Batch, Ring
from api.live_subscription import (
    MEASURED_PERMISSIONS,
    NOTHING,
    TOPIC_PERMISSIONS,
    Filter,
    Verdict,
    Wish,
    added,
    judge,
    most_named,
    removed,
)
from api.live_view import HouseView
from domain.foundation.clock import iso_utc, monotonic, real_now_ms
from domain.foundation.errors import Conflict, TooLarge, WattboardError

if TYPE_CHECKING:
    from domain.house import House

log = logging.getLogger(__name__)

MAX_SOCKETS = SOCKETS
HISTORY_MS = 24 * 3600 * 1000
"""A reading older than this [building ms] is history, not live."""
DERIVE_EVERY_S = 0.5
SETTLE_S = 0.03
SYSTEM_EVERY_S = 5.0
SNAPSHOT_ITEMS = 1_000
MAX_RESUMED_ITEMS = 20_000


class Hub:
    """Connects one house with its live clients."""

    def __init__(
        self,
        house: House,
        *,
        max_sockets: int = MAX_SOCKETS,
        listener_state: Callable[[], Mapping[str, object]] | None = None,
    ) -> None:
        self.max_sockets = max_sockets
        self._house = house
        self._view = HouseView(house, listener_state)
        self._clients: set[Client] = set()
        self._refused = 0
        self._sent = 0
        self._lock = threading.RLock()
        self._seq = real_now_ms()  # grows faster than frames do, so a restart never repeats one
        self._ring = Ring(self._seq)
        self._coalescer = Coalescer({})
        self._coalescing = threading.Lock()
        self._listening = False
        self._last_client_s = 0.0
        self._derived: dict[tuple[str, str], bytes] = {}
        self._readings_came, self._dirty, self._stopped = (threading.Event() for _ in range(3))
        self._threads: list[threading.Thread] = []
        self._unsubscribe = [
            house.bus.subscribe("readings", self._on_readings),
            house.bus.subscribe("building", self._on_building),
            house.bus.subscribe("event", self._on_event),
            *(house.bus.subscribe(topic, self._on_news(topic)) for topic in ("job", "drill")),
            *(
                house.bus.subscribe(topic, self._on_control(topic))
                for topic in ("device", "command")
            ),
            house.bus.subscribe("stop", lambda _: self._emit("system", self._view.items("system"))),
            house.bus.subscribe("session_ended", self._on_ended),
        ]

    # ---- clients -------------------------------------------------------------------------

    def join(self, client: Client) -> None:
        """Take a client in; raises Conflict `too_many_sockets` over the cap."""
        with self._lock:
            if len(self._clients) >= self.max_sockets:
                self._refused += 1
                raise Conflict("All live connections are taken.", code="too_many_sockets")
            self._clients.add(client)
            self._last_client_s = monotonic()
            if not self._listening:
                self._begin()

    def leave(self, client: Client) -> None:
        """Forget a client; leaving twice is harmless."""
        with self._lock:
            self._clients.discard(client)
            self._last_client_s = monotonic()

    def hello(self, client: Client) -> None:
        """Tell a client that has just proved who it is where the stream stands."""
        with self._lock:
            allowed = [
                topic
                for topic, permission in TOPIC_PERMISSIONS.items()
                if permission is None or self._may(client, permission)
            ]
            state = self._system(client) | {"topics": allowed}
            client.put(answer("hello", self._now(), self._seq, state))

    def subscribe(self, client: Client, wish: Wish) -> Verdict:
        """Add to what a client gets; it is told what was accepted, then how things stand."""
        verdict = self._judge(client, wish)
        with self._lock:
            wanted = added(client.subscription, wish, verdict)
            if most_named(wanted) > SUBSCRIBED:
                raise TooLarge(f"At most {SUBSCRIBED} rooms and sensors by name.", SUBSCRIBED)
            client.subscription = wanted
            self._answer(client, "subscribed", verdict.accepted, verdict.denied)
        self._dirty.set()
        if wish.snapshot:
            narrowed = added(NOTHING, wish, verdict)
            self._snapshot(client, {t: f for t, f in narrowed.items() if t in verdict.topics})
        return verdict

    def unsubscribe(self, client: Client, wish: Wish) -> None:
        """Take from what a client gets."""
        verdict = self._judge(client, wish)
        with self._lock:
            client.subscription = removed(client.subscription, wish, verdict)
            self._answer(client, "unsubscribed", verdict.accepted, verdict.denied)

    def resume(self, client: Client, last_seq: int) -> None:
        """Send what a client missed after `last_seq`, or a gap and a snapshot."""
        with self._lock:
            missed = self._ring.since(last_seq, self._seq)
            if missed is not None and sum(len(b.items) for b in missed) <= MAX_RESUMED_ITEMS:
                for batch in missed:
                    wanted = _filter(client, batch.topic)
                    items = wanted.choose(batch.items) if wanted else []
                    if items:
                        client.put(_update(batch, items))
                return
            client.put(answer("gap", self._now(), self._seq, {"reason": "not kept"}))
        self._snapshot(client, dict(client.subscription))

    def pong(self, client: Client) -> None:
        """Answer a client's own ping with the building's time."""
        with self._lock:
            client.put(answer("pong", self._now(), self._seq, self._system(client)))

    def tell_error(self, client: Client, error: WattboardError) -> None:
        """Tell a client why its message was not acted on; the connection stays."""
        data = {"code": error.code, "message": error.message, "details": error.details}
        with self._lock:
            client.put(answer("error", self._now(), self._seq, data))

    def recheck(self, client: Client) -> None:
        """Drop the topics a client may no longer have; close 4403 when it loses one."""
        lost = [
            topic
            for topic in client.subscription
            if (permission := TOPIC_PERMISSIONS[topic]) and not self._may(client, permission)
        ]
        if lost:
            client.close(4403, f"no longer allowed: {', '.join(lost)}")

    def publish(self, topic: str, data: Mapping[str, object]) -> None:
        """Send one object to whoever has the topic; it is not coalesced."""
        self._emit(topic, [single_item(topic, data)])

    def status(self) -> dict[str, object]:
        """Counts for `/stats`, `/health` and `/services/status`."""
        with self._lock:
            return {
                "sockets": len(self._clients),
                "max_sockets": self.max_sockets,
                "refused": self._refused,
                "frames": self._sent,
                "dropped": sum(c.dropped for c in self._clients),
                "running": all(t.is_alive() for t in self._threads),
            }

    def check(self) -> tuple[str, str]:
        """Health in a word and a sentence: degraded when full, down when a thread has died."""
        status = self.status()
        if not status["running"]:
            return "down", "A thread that sends live values has ended."
        full = status["sockets"] == self.max_sockets
        return "degraded" if full else "ok", f"{status['sockets']} of {self.max_sockets} sockets"

    def stop(self) -> None:
        """Say goodbye to every client and end the threads."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._stopped.set()
        self._readings_came.set()
        self._dirty.set()
        with self._lock:
            for client in self._clients:
                client.close(1001, "the server stops")
        for thread in self._threads:
            thread.join(5)

    # ---- what the bus says -----------------------------------------------------------------

    def _on_readings(self, message: object) -> None:
        if not self._listening or not isinstance(message, list):
            return
        not_before_ms = self._house.clock.now_ms() - HISTORY_MS
        with self._coalescing:
            waiting = self._coalescer.add(message, not_before_ms)
        if waiting:
            self._readings_came.set()
            self._dirty.set()

    def _on_building(self, change: object) -> None:
        self._view.note_change(change)
        self._dirty.set()

    def _on_event(self, message: object) -> None:
        if isinstance(message, Mapping):
            self.publish("event", message)

    def _on_news(self, topic: str) -> Callable[[object], None]:
        def tell(message: object) -> None:
            if isinstance(message, Mapping):
                self.publish(topic, message)
            if topic == "drill":
                self._emit("system", self._view.items("system"))

        return tell

    def _on_control(self, topic: str) -> Callable[[object], None]:
        def tell(message: object) -> None:
            if isinstance(message, Mapping):
                self._emit(topic, [control_item(topic, message)])

        return tell

    def _on_ended(self, message: object) -> None:
        ended = (getattr(message, "kind", ""), getattr(message, "key", ""))
        with self._lock:
            for client in self._clients:
                if client.actor is not None and client.actor.credential == ended:
                    client.close(4401, "the session or token has ended")

    # ---- threads -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Start listening; before the first client nothing is kept, so it costs nothing."""
        latest = self._house.telemetry.latest()
        with self._coalescing:
            self._coalescer = Coalescer({key: x.ts_ms for key, x in latest.items()})
        self._ring.clear(self._seq)
        self._derived.clear()
        self._listening = True
        if not self._threads:
            loops = (("live-readings", self._send_readings), ("live-derived", self._derive))
            self._threads = [
                threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops
            ]
            for thread in self._threads:
                thread.start()

    def _send_readings(self) -> None:
        last_s = 0.0
        while not self._stopped.is_set():
            due_s = self._coalescer.next_due_s()
            self._readings_came.wait(None if due_s is None else max(0.0, due_s - monotonic()))
            self._readings_came.clear()
            self._stopped.wait(max(0.0, last_s + self._pause_s() - monotonic()))
            last_s = monotonic()
            try:
                with self._coalescing:
                    ready = self._coalescer.take(last_s)
                self._emit("reading", self._view.readings(ready))
            except Exception:
                log.exception("live readings were not sent")

    def _pause_s(self) -> float:
        """Real seconds between flushes: 5 ms for one client, 100 ms from 190 on."""
        return min(0.1, 0.005 + 0.0005 * len(self._clients))

    def _derive(self) -> None:
        system_s = 0.0
        while not self._stopped.is_set():
            self._dirty.wait(max(0.0, system_s + SYSTEM_EVERY_S - monotonic()))
            self._dirty.clear()
            self._stopped.wait(SETTLE_S)
            began_s = monotonic()
            try:
                self._send_rooms()
                self._send_energy()
                if began_s >= system_s + SYSTEM_EVERY_S:
                    system_s = began_s
                    self._emit("system", self._view.items("system"))
                    self._house.alarms.tell()
                    self._rest_when_alone()
                self._send_needs()
                self._send_money()
            except Exception:
                log.exception("live rooms, energy, needs and money were not sent")
            self._stopped.wait(max(0.0, began_s + DERIVE_EVERY_S - SETTLE_S - monotonic()))

    def _send_rooms(self) -> None:
        if self._wanted("room"):
            self._emit("room", self._changed(self._view.items("room")))

    def _send_energy(self) -> None:
        if self._wanted("energy"):
            self._emit("energy", self._changed(self._view.items("energy")))

    def _send_needs(self) -> None:
        if self._wanted("needs"):
            self._emit("needs", self._changed(self._view.items("needs")))

    def _send_money(self) -> None:
        if self._wanted("money"):
            self._emit("money", self._changed(self._view.items("money")))

    def _rest_when_alone(self) -> None:
        """Stop listening once nobody who left could still resume."""
        with self._lock:
            if not self._clients and monotonic() > self._last_client_s + KEPT_S:
                self._listening = False

    def _wanted(self, topic: str) -> bool:
        with self._lock:
            return any(topic in c.subscription for c in self._clients)

    def _changed(self, items: list[Item]) -> list[Item]:
        changed = [i for i in items if self._derived.get(i.key) != i.body]
        self._derived.update((i.key, i.body) for i in changed)
        return changed

    # ---- frames ------------------------------------------------------------------------------

    def _emit(self, topic: str, items: list[Item]) -> None:
        """Give a batch its number, keep it for who resumes, queue it where it is wanted."""
        if not items:
            return
        with self._lock:
            if not self._listening:
                return
            self._seq += 1
            batch = Batch(self._seq, topic, self._now(), monotonic(), items)
            self._ring.append(batch)
            built: dict[Filter, tuple[list[Item], bytes]] = {}
            for client in self._clients:
                wanted = _filter(client, topic)
                if wanted is None:
                    continue
                if wanted not in built:
                    chosen = wanted.choose(items)
                    built[wanted] = chosen, wire(_update(batch, chosen)) if chosen else b""
                chosen, wired = built[wanted]
                if chosen:
                    client.offer(batch, chosen, wired)
                    self._sent += 1

    def _snapshot(self, client: Client, subscription: Mapping[str, Filter]) -> None:
        """Send how the subscribed things stand now; never fails the connection."""
        for topic, wanted in subscription.items():
            items = self._standing(client, topic, wanted)
            for start in range(0, len(items), SNAPSHOT_ITEMS):
                bodies = [i.body for i in items[start : start + SNAPSHOT_ITEMS]]
                client.put(frame("snapshot", topic, self._now(), self._seq, bodies))

    def _standing(self, client: Client, topic: str, wanted: Filter) -> list[Item]:
        if topic == "system":
            return [single_item(topic, self._system(client))]
        return wanted.choose(self._view.items(topic))

    def _system(self, client: Client) -> dict[str, object]:
        return self._view.system(measured=_may_know(client))

    def _answer(
        self, client: Client, type_: str, accepted: object, denied: list[dict[str, str]]
    ) -> None:
        data = {"accepted": accepted, "denied": denied}
        client.put(answer(type_, self._now(), self._seq, data))

    def _judge(self, client: Client, wish: Wish) -> Verdict:
        return judge(
            wish,
            lambda permission: self._may(client, permission),
            self._view.room_ids(),
            self._view.sensor_ids(),
        )

    def _may(self, client: Client, permission: str) -> bool:
        actor = client.actor
        return actor is not None and actor.may_stream and actor.may(permission)

    def _now(self) -> str:
        return iso_utc(self._house.clock.now())


def _may_know(client: Client) -> bool:
    """Whether `system` may tell a client what was measured; nothing live under a contract."""
    actor = client.actor
    return actor is not None and actor.may_stream and any(map(actor.may, MEASURED_PERMISSIONS))


def _filter(client: Client, topic: str) -> Filter | None:
    """What of a topic goes to a client; nothing live to whom a contract withholds something."""
    if client.actor is None or not client.actor.may_stream:
        return None
    if topic == "system" and not _may_know(client):
        return None
    return client.subscription.get(topic)


def _update(batch: Batch, items: list[Item]) -> bytes:
    return frame("update", batch.topic, batch.ts, batch.seq, [i.body for i in items])
