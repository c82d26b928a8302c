"""What a client wants and may have: topics, narrowed to rooms and sensors where it says so."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

from api.live_frames import LISTED, Item
from domain.foundation.errors import Malformed

TOPIC_PERMISSIONS: dict[str, str | None] = {
    "reading": "sensors.read",
    "room": "rooms.read",
    "energy": "analytics.view",
    "battery": "batteries.view",
    "device": "iot.view",
    "command": "iot.view",
    "job": "iot.view",
    "drill": "iot.view",
    "demand_response": "dr.view",
    "p2p": "p2p.view",
    "forecast": "forecast.view",
    "event": "events.view",
    "needs": "analytics.view",
    "money": "analytics.view",
    "system": None,
}

MEASURED_PERMISSIONS = ("analytics.view", "sensors.read")
"""Either of them opens what `system` says of measurements; without, only the time is told."""


@dataclass(frozen=True)
class Filter:
    """Which items of a topic; `everything`, or those of these rooms or these sensors."""

    everything: bool = False
    rooms: frozenset[int] = frozenset()
    sensors: frozenset[str] = frozenset()

    def passes(self, item: Item) -> bool:
        """Whether this item is wanted."""
        return self.everything or item.sensor_id in self.sensors or item.room_id in self.rooms

    def choose(self, items: Iterable[Item]) -> list[Item]:
        """Keep the wanted ones."""
        return list(items) if self.everything else [i for i in items if self.passes(i)]

    def plus(self, rooms: Iterable[int], sensors: Iterable[str], everything: bool) -> Filter:
        """Widen."""
        return Filter(
            self.everything or everything, self.rooms | set(rooms), self.sensors | set(sensors)
        )

    def minus(self, rooms: Iterable[int], sensors: Iterable[str]) -> Filter | None:
        """Narrow; None when nothing is left."""
        left = Filter(self.everything, self.rooms - set(rooms), self.sensors - set(sensors))
        return left if left.everything or left.rooms or left.sensors else None


EVERYTHING = Filter(everything=True)
Subscription = Mapping[str, Filter]
NOTHING: Subscription = {"system": EVERYTHING}
"""What every client gets unasked: the building's time and the state of the connection."""


def most_named(subscription: Subscription) -> int:
    """How many rooms and sensors a subscription names, in the topic that names most."""
    return max(len(one.rooms) + len(one.sensors) for one in subscription.values())


@dataclass(frozen=True)
class Wish:
    """A readable subscribe or unsubscribe message, not yet checked against what exists."""

    topics: tuple[str, ...]
    rooms: tuple[str, ...]
    sensors: tuple[str, ...]
    snapshot: bool


@dataclass
class Verdict:
    """What became of a wish, item by item; room and sensor entries keep the client's spelling."""

    rooms: list[int] = field(default_factory=list)
    sensors: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    accepted: dict[str, list[str]] = field(
        default_factory=lambda: {"topics": [], "rooms": [], "sensors": []}
    )
    denied: list[dict[str, str]] = field(default_factory=list)

    def deny(self, kind: str, key: str, code: str, message: str) -> None:
        """Note a refusal with its reason."""
        self.denied.append({"kind": kind, "key": key, "code": code, "message": message})


def read_wish(message: Mapping[str, object]) -> Wish:
    """Read the lists of a message; topics left out follow from the rooms and sensors named.

    Raises:
        Malformed: a list is none, or nothing at all is asked for.
    """
    rooms, sensors = _names(message, "rooms"), _names(message, "sensors")
    topics = _names(message, "topics")
    if not topics and rooms:
        topics = ("reading", "room")
    elif not topics and sensors:
        topics = ("reading",)
    if not topics:
        raise Malformed("Name at least one of topics, rooms and sensors.")
    return Wish(topics, rooms, sensors, message.get("snapshot") is not False)


def _names(message: Mapping[str, object], name: str) -> tuple[str, ...]:
    listed = message.get(name)
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(
        isinstance(x, str | int) and not isinstance(x, bool) for x in listed
    ):
        raise Malformed(f"“{name}” is a list of names.")
    return tuple(str(x) for x in listed)


def judge(
    wish: Wish,
    may: Callable[[str], bool],
    room_ids: Mapping[str, int],
    sensor_ids: Container[str],
) -> Verdict:
    """Accept or deny each part of a wish; `room_ids` finds rooms by name and by id."""
    verdict = Verdict()
    for topic in dict.fromkeys(wish.topics):
        permission = TOPIC_PERMISSIONS.get(topic, "")
        if permission == "":
            known = ", ".join(TOPIC_PERMISSIONS)
            verdict.deny("topic", topic[:64], "unknown_topic", f"Known topics are {known}.")
        elif permission is not None and not may(permission):
            verdict.deny("topic", topic, "not_allowed", f"This needs “{permission}”.")
        else:
            verdict.topics.append(topic)
            verdict.accepted["topics"].append(topic)
    for room in dict.fromkeys(wish.rooms):
        if room in room_ids:
            verdict.rooms.append(room_ids[room])
            verdict.accepted["rooms"].append(room)
        else:
            verdict.deny("room", room[:64], "unknown_room", "There is no such room.")
    for sensor in dict.fromkeys(wish.sensors):
        if sensor in sensor_ids:
            verdict.sensors.append(sensor)
            verdict.accepted["sensors"].append(sensor)
        else:
            verdict.deny("sensor", sensor[:64], "unknown_sensor", "There is no such sensor.")
    return verdict


def added(current: Subscription, wish: Wish, verdict: Verdict) -> Subscription:
    """The subscription with a judged wish added; who names no room or sensor wants them all."""
    widened = dict(current)
    for topic in verdict.topics:
        narrowed = _narrowed(topic, wish)
        if narrowed and not _concerns(topic, verdict):
            continue
        rooms, sensors = _parts(topic, verdict)
        widened[topic] = widened.get(topic, Filter()).plus(rooms, sensors, not narrowed)
    return widened


def removed(current: Subscription, wish: Wish, verdict: Verdict) -> Subscription:
    """The subscription without a judged wish; a topic without rooms or sensors goes as a whole."""
    left = dict(current)
    for topic in verdict.topics:
        found = left.pop(topic, None)
        if found is None or not _narrowed(topic, wish):
            continue
        rest = found.minus(*_parts(topic, verdict))
        if rest is not None:
            left[topic] = rest
    return left


def _narrowed(topic: str, wish: Wish) -> bool:
    """Rooms narrow readings and rooms, sensors narrow readings; other topics come whole."""
    return topic in LISTED and bool(wish.rooms or (wish.sensors and topic == "reading"))


def _concerns(topic: str, verdict: Verdict) -> bool:
    rooms, sensors = _parts(topic, verdict)
    return bool(rooms or sensors)


def _parts(topic: str, verdict: Verdict) -> tuple[list[int], list[str]]:
    return verdict.rooms, verdict.sensors if topic == "reading" else []
