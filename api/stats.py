"""`/stats`, `/metrics` and `/services/status`: what Wattboard does and how each part is."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from api.health import VERSION, Health, Part
from api.json import answer
from api.marks import requires
from api.measured import KEPT, Measured, percentiles_ms
from domain.building.model import SensorQuery
from domain.foundation.clock import from_ms, iso_utc, monotonic, real_now_ms

if TYPE_CHECKING:
    from domain.house import House

Counts = Callable[[], Mapping[str, object]]
SERVICES: tuple[str, ...] = (
    "api_gateway",
    "token",
    "sensor",
    "battery",
    "demand_response",
    "p2p",
    "forecast",
    "iot",
)
"""The original's eight services, which are parts of this one process."""
ABSENT = Part("absent", "Not part of this version.")
_MQTT = ("received", "stored", "duplicates", "rejected", "waiting", "reconnects")


class Stats:
    """Gathers what is counted elsewhere; keeps nothing itself."""

    def __init__(
        self, house: "House", health: Health, measured: Measured, sockets: Counts, listener: Counts
    ) -> None:
        self._house = house
        self._health = health
        self._measured = measured
        self._sockets = sockets
        self._listener = listener

    def stats(self) -> dict[str, object]:
        """Counts since the start and latencies of each route's last answers [ms]."""
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
            "latency_ms": percentiles_ms(everything),
            "routes": [
                {
                    "method": method,
                    "route": rule,
                    "requests": route.requests,
                    "client_errors": route.client_errors,
                    "errors": route.errors,
                    "rate_limited": route.rate_limited,
                    "latency_ms": route.latency_ms(),
                }
                for (method, rule), route in routes.items()
            ],
            "latency_over_last": KEPT,
            "sockets": dict(self._sockets()),
            "mqtt": _mqtt(self._listener()),
        }

    def services(self) -> dict[str, dict[str, object]]:
        """Each service of the original and each part of ours, in a word and a sentence."""
        parts = self._health.parts()
        parts.pop("migrations", None)
        known = {"api_gateway": self._gateway(), "token": self._tokens(), "sensor": self._sensors()}
        found = {name: known.get(name, ABSENT) for name in SERVICES} | parts
        return {name: _told(part) for name, part in found.items()}

    def _gateway(self) -> Part:
        requests = sum(route.requests for route in self._measured.routes().values())
        return Part("ok", f"{requests} requests answered.", real_now_ms())

    def _tokens(self) -> Part:
        return Part("ok", "Signs and checks tokens.", real_now_ms())

    def _sensors(self) -> Part:
        building = self._house.building
        counts = building.sensors(SensorQuery(page_size=1)).counts_by_state
        speaking = counts.get("fresh", 0) + counts.get("late", 0)
        words = f"{speaking} sensors speak, in {len(building.rooms())} rooms."
        heard_ms = self._listener().get("last_message_ms")
        return Part("ok", words, heard_ms if isinstance(heard_ms, int) else None)

    def collect(self) -> Iterator[Metric]:
        """The same as Prometheus metrics."""
        yield from self._request_metrics()
        uptime_s = monotonic() - self._measured.started_s
        yield GaugeMetricFamily("wattboard_uptime_seconds", "Since the start.", uptime_s)
        mqtt = _mqtt(self._listener())
        for name in ("received", "stored", "duplicates", "rejected"):
            yield CounterMetricFamily(
                f"wattboard_mqtt_{name}", f"Messages or readings {name}.", _number(mqtt[name])
            )
        sockets = self._sockets()
        for name, words in (("sockets", "Open."), ("max_sockets", "Allowed.")):
            yield GaugeMetricFamily(f"wattboard_{name}", words, _number(sockets.get(name)))
        up = GaugeMetricFamily("wattboard_part_up", "1 while the part is ok.", labels=["part"])
        for name, part in self._health.parts().items():
            up.add_metric([name], float(part.state == "ok"))
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


def stats_api(stats: Stats) -> Blueprint:
    """Build the routes; they follow Analytics in the table of roles."""
    routes = Blueprint("stats", __name__)
    registry = CollectorRegistry()
    registry.register(_Collector(stats))

    @routes.get("/stats")
    @requires("analytics.view")
    def show_stats() -> Response:
        return answer(stats.stats())

    @routes.get("/services/status")
    @requires("analytics.view")
    def show_services() -> Response:
        return answer({"services": stats.services()})

    @routes.get("/metrics")
    @requires("analytics.view")
    def show_metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return routes


def _mqtt(state: Mapping[str, object]) -> dict[str, object]:
    return {name: state.get(name, 0) for name in _MQTT} | {
        "status": state.get("status", "elsewhere"),
        "last_message_age_s": state.get("last_message_age_s"),
    }


def _told(part: Part) -> dict[str, object]:
    def moment(epoch_ms: int | None) -> str | None:
        return None if epoch_ms is None else iso_utc(from_ms(epoch_ms))

    return {
        "status": part.state,
        "detail": part.words,
        "last_success": moment(part.last_success_ms),
        "last_error": None
        if part.last_error is None
        else {"at": moment(part.last_error_ms), "message": part.last_error},
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
