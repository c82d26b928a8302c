"""`/stats`, `/metrics` and `/services/status`: what Wattboard does and how each part is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, cast

from flask import Blueprint
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from typing_extensions import TypedDict

from api.health import VERSION
from api.measured import KEPT, Measured, percentiles_ms
from api.parts import Health
from api.resource import File, Resource
from api.schema import IsoTime, OneOf, closed
from api.services import SERVICES, Counts, Services, ServiceState, told
from domain.foundation.clock import from_ms, iso_utc, monotonic, real_now_ms

if TYPE_CHECKING:
    from domain.house import House

_COUNTED = ("received", "stored", "duplicates", "rejected")
_SOCKETS = ("sockets", "max_sockets", "refused", "frames", "dropped")


@closed
class Latency(TypedDict):
    """Percentiles of the last answers [ms], null before the first."""

    p50: float | None
    p95: float | None
    p99: float | None


@closed
class RouteStats(TypedDict):
    """What one method of one route has answered since the start."""

    method: str
    route: str
    requests: int
    client_errors: int
    errors: int
    rate_limited: int
    latency_ms: Latency


@closed
class SocketStats(TypedDict):
    """The sockets of this process."""

    sockets: int
    max_sockets: int
    refused: int
    frames: int
    dropped: int


@closed
class MqttStats(TypedDict):
    """What the listener of this process has taken in; zeros where another process listens."""

    status: str
    received: int
    stored: int
    duplicates: int
    rejected: int
    waiting: int
    reconnects: int
    last_message_age_s: float | None


@closed
class StatsAnswer(TypedDict):
    """Counts since the start; `client_errors` are answers 400 to 499, `errors` 500 and above."""

    version: str
    uptime_s: float
    started_at: IsoTime
    requests: int
    client_errors: int
    errors: int
    rate_limited: int
    latency_ms: Latency
    latency_over_last: int
    """So many of a route's last answers make its percentiles."""
    routes: list[RouteStats]
    sockets: SocketStats
    mqtt: MqttStats


@closed
class ServicesAnswer(TypedDict):
    """The original's eight services, and the parts they stand on."""

    services: dict[Annotated[str, OneOf(SERVICES)], ServiceState]


class Stats:
    """Gathers what is counted elsewhere; keeps nothing itself."""

    def __init__(
        self, health: Health, measured: Measured, sockets: Counts, listener: Counts
    ) -> None:
        self._health = health
        self._measured = measured
        self._sockets = sockets
        self._listener = listener

    def stats(self) -> StatsAnswer:
        """Counts since the start and latencies of each route's last answers."""
        routes = self._measured.routes()
        everything: deque[float] = deque()
        for route in routes.values():
            everything.extend(route.last_s)
        uptime_s = monotonic() - self._measured.started_s
        return {
            "version": VERSION,
            "uptime_s": round(uptime_s, 1),
            "started_at": iso_utc(from_ms(real_now_ms() - round(uptime_s * 1000))),
            "requests": sum(route.requests for route in routes.values()),
            "client_errors": sum(route.client_errors for route in routes.values()),
            "errors": sum(route.errors for route in routes.values()),
            "rate_limited": sum(route.rate_limited for route in routes.values()),
            "latency_ms": cast("Latency", percentiles_ms(everything)),
            "latency_over_last": KEPT,
            "routes": [
                {
                    "method": method,
                    "route": rule,
                    "requests": route.requests,
                    "client_errors": route.client_errors,
                    "errors": route.errors,
                    "rate_limited": route.rate_limited,
                    "latency_ms": cast("Latency", route.latency_ms()),
                }
                for (method, rule), route in routes.items()
            ],
            "sockets": cast("SocketStats", _counts(self._sockets(), _SOCKETS)),
            "mqtt": self._mqtt(),
        }

    def _mqtt(self) -> MqttStats:
        state = self._listener()
        age_s = state.get("last_message_age_s")
        counts = _counts(state, (*_COUNTED, "waiting", "reconnects"))
        return cast(
            "MqttStats",
            {
                "status": str(state.get("status", "elsewhere")),
                **counts,
                "last_message_age_s": round(age_s, 3) if isinstance(age_s, float) else None,
            },
        )

    def collect(self) -> Iterator[Metric]:
        """The same as Prometheus metrics."""
        yield from self._request_metrics()
        uptime_s = monotonic() - self._measured.started_s
        yield GaugeMetricFamily("wattboard_uptime_seconds", "Since the start.", uptime_s)
        for name, count in _counts(self._listener(), _COUNTED).items():
            words = f"Messages or readings {name}."
            yield CounterMetricFamily(f"wattboard_mqtt_{name}", words, count)
        for name, count in _counts(self._sockets(), ("sockets", "max_sockets")).items():
            yield GaugeMetricFamily(f"wattboard_{name}", "Open, and allowed.", count)
        up = GaugeMetricFamily("wattboard_part_up", "1 while the part is ok.", labels=["part"])
        for name, part in self._health.parts().items():
            up.add_metric([name], float(part.status == "ok"))
        yield up

    def _request_metrics(self) -> Iterator[Metric]:
        labels = ["method", "route"]
        requests = CounterMetricFamily("wattboard_requests", "Answers.", labels=labels)
        errors = CounterMetricFamily("wattboard_request_errors", "Answers ≥ 500.", labels=labels)
        limited = CounterMetricFamily("wattboard_rate_limited", "Answers 429.", labels=labels)
        seconds = CounterMetricFamily("wattboard_request_seconds", "Time spent.", labels=labels)
        latency = GaugeMetricFamily(
            "wattboard_request_latency_seconds",
            f"Percentiles of the last {KEPT} answers.",
            labels=[*labels, "quantile"],
        )
        for key, route in self._measured.routes().items():
            requests.add_metric(key, route.requests)
            errors.add_metric(key, route.errors)
            limited.add_metric(key, route.rate_limited)
            seconds.add_metric(key, route.total_s)
            for name, ms in route.latency_ms().items():
                if ms is not None:
                    latency.add_metric([*key, f"0.{name[1:]}"], ms / 1000)
        yield from (requests, errors, limited, seconds, latency)


class _Collector(Collector):
    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        return self._stats.collect()


def stats_api(house: House, stats: Stats, services: Services) -> Blueprint:
    """Build the routes; they follow Analytics in the table of roles."""
    resource = Resource(house, "stats", "", "What Wattboard does and how each part is.")
    registry = CollectorRegistry()
    registry.register(_Collector(stats))

    @resource.get("/stats", "analytics.view")
    def show_stats() -> StatsAnswer:
        """Count requests, errors, latencies, sockets and messages since the start."""
        return stats.stats()

    @resource.get("/services/status", "analytics.view")
    def show_services() -> ServicesAnswer:
        """Tell how each service is, and when it last worked and failed."""
        return {"services": {name: told(part) for name, part in services.states().items()}}

    text = {CONTENT_TYPE_LATEST: "Prometheus' own text."}

    @resource.get("/metrics", "analytics.view", files=text)
    def show_metrics() -> File:
        """Count the same for Prometheus."""
        return File(generate_latest(registry), CONTENT_TYPE_LATEST)

    return resource.blueprint


def _counts(state: Mapping[str, object], names: tuple[str, ...]) -> dict[str, int]:
    """The named counts, 0 where nothing has been counted."""
    found = {name: state.get(name) for name in names}
    return {name: count if isinstance(count, int) else 0 for name, count in found.items()}
