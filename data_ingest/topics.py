"""Which topics are ours, and what a message on one of them is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.inbox.decode import SENSOR_ID, Batch, decode_message, decode_state
from domain.inbox.mapping import Mapping, apply_mapping, match_topic
from domain.inbox.refusal import Refused

Read = Callable[[bytes, Batch, int, int | None], None]
"""(payload, batch, index, arrived_ms or None for a retained message) → adds to the batch."""

MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Route:
    """How the messages of one topic are read."""

    topic: str
    read: Read


class Router:
    """Routes of one site: its own topics, then the mappings in the order of their names."""

    def __init__(self, prefix: str, site: str, mappings: Sequence[Mapping] = ()) -> None:
        self._base = f"{prefix}/{site}/"
        self._mappings = tuple(mapping for mapping in mappings if mapping.enabled)
        self._routes: dict[bytes, Route] = {}

    @property
    def filters(self) -> list[str]:
        """What to subscribe to. Acknowledgements and availability belong to the devices' side."""
        places = ("telemetry/+", "devices/+/state", "prices/+")
        own = [f"{self._base}{place}" for place in places]
        return list(dict.fromkeys([*own, *(mapping.topic_filter for mapping in self._mappings)]))

    def route(self, raw_topic: bytes) -> Route:
        """Find the route of a topic; never fails."""
        found = self._routes.get(raw_topic)
        if found is None:
            found = self._find(raw_topic.decode("utf-8", "replace"))
            if len(self._routes) < MOST_REMEMBERED:
                self._routes[raw_topic] = found
        return found

    def _find(self, topic: str) -> Route:
        if topic.startswith(self._base):
            parts = topic[len(self._base) :].split("/")
            if len(parts) == 2 and parts[0] == "telemetry":
                return Route(topic, _of_sensor(decode_message, parts[1]))
            if len(parts) == 3 and parts[0] == "devices" and parts[2] == "state":
                return Route(topic, _of_sensor(decode_state, parts[1]))
            if len(parts) == 2 and parts[0] == "prices":
                return Route(topic, _of_feed(parts[1]))
        matching = [
            (mapping, match)
            for mapping in self._mappings
            if (match := match_topic(mapping.topic_filter, topic))
        ]

        def read(payload: bytes, batch: Batch, index: int, arrived_ms: int | None) -> None:
            for mapping, match in matching:
                apply_mapping(mapping, match, payload, batch, index, arrived_ms)

        return Route(topic, read)


def _of_feed(name: str) -> Read:
    """Values of a feed of prices or carbon are set aside for whoever keeps feeds."""

    def read(payload: bytes, batch: Batch, index: int, _arrived_ms: int | None) -> None:
        batch.feeds.append((index, name, payload))

    return read


def _of_sensor(
    decode: Callable[[bytes, str, Batch, int, int | None], None], sensor_id: str
) -> Read:
    def read(payload: bytes, batch: Batch, index: int, arrived_ms: int | None) -> None:
        decode(payload, sensor_id, batch, index, arrived_ms)

    def refuse(payload: bytes, batch: Batch, index: int, arrived_ms: int | None) -> None:
        words = "The topic's last part is no sensor id: 1 to 64 of A-Z, a-z, 0-9, “_”, “.”, “-”."
        batch.refuse(index, Refused("bad_sensor_id", words))

    return read if SENSOR_ID.fullmatch(sensor_id) else refuse
