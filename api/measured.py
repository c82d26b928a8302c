"""How often each route is asked, how it ends, and how long it takes."""

import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from flask import Flask, Response, g, request

from domain.foundation.clock import monotonic

KEPT = 1024
"""So many of a route's last durations make its percentiles."""
PERCENTILES = (50, 95, 99)
NO_ROUTE = "(no such route)"
NOT_TIMED = frozenset({"/ws"})
"""Lasts as long as its client stays, which says nothing about the server."""


@dataclass
class Route:
    """Counts since the start; `client_errors` are answers 400 to 499, `errors` 500 and above."""

    requests: int = 0
    client_errors: int = 0
    errors: int = 0
    rate_limited: int = 0
    total_s: float = 0.0
    last_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, status: int, took_s: float | None) -> None:
        """Count one answer."""
        self.requests += 1
        self.client_errors += 400 <= status < 500
        self.errors += status >= 500
        self.rate_limited += status == 429
        if took_s is not None:
            self.total_s += took_s
            self.last_s.append(took_s)

    def latency_ms(self) -> dict[str, float | None]:
        """p50, p95 and p99 of the last answers [ms], None before the first."""
        return percentiles_ms(self.last_s)


class Measured:
    """What one server has answered since it started."""

    def __init__(self) -> None:
        self.started_s = monotonic()
        self._lock = threading.Lock()
        self._routes: dict[tuple[str, str], Route] = {}

    def watch(self, server: Flask) -> None:
        """Measure every request of a server from here on, those that the gate refuses too."""
        server.url_value_preprocessor(_begin)  # comes before every hook, the gate's too
        server.after_request(self._end)

    def routes(self) -> dict[tuple[str, str], Route]:
        """Each method and route that was asked, as a copy."""
        with self._lock:
            return {
                key: Route(
                    route.requests, route.client_errors, route.errors, route.rate_limited,
                    route.total_s, deque(route.last_s, KEPT),
                )
                for key, route in sorted(self._routes.items())
            }  # fmt: skip

    def _end(self, response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else NO_ROUTE
        method = request.method if request.url_rule else ""
        began_s = g.get("wattboard_began_s")
        timed = began_s is not None and rule not in NOT_TIMED
        took_s = monotonic() - began_s if timed else None
        with self._lock:
            self._routes.setdefault((method, rule), Route()).note(response.status_code, took_s)
        return response


def percentiles_ms(durations_s: deque[float]) -> dict[str, float | None]:
    """p50, p95 and p99 [ms]."""
    if not durations_s:
        return {f"p{share}": None for share in PERCENTILES}
    found = np.percentile(np.fromiter(durations_s, float), PERCENTILES) * 1000
    return {f"p{share}": round(float(ms), 3) for share, ms in zip(PERCENTILES, found, strict=True)}


def _begin(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    g.wattboard_began_s = monotonic()
