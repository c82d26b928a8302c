"""How often one token, one user or one address may call; who goes over is told when to return.

An address counts only calls without or with wrong credentials, so that colleagues behind one
address do not use up each other's calls, and nobody guesses tokens at speed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from api import limits
from api.limits import Rate
from domain.access.policy import Actor
from domain.access.throttle import network_of
from domain.foundation.clock import monotonic
from domain.foundation.errors import NotSignedIn, TooMany

_MOST_CALLERS = 20_000


class Bucket:
    """Calls of many callers under one rate; a caller that rested long enough is forgotten."""

    def __init__(self, rate: Rate, now_s: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._now_s = now_s
        self._full_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one call. Raises TooMany with the seconds until the next one is free."""
        now_s, step_s = self._now_s(), 1 / self._rate.per_s
        with self._lock:
            full_at = max(self._full_at.get(caller, now_s), now_s) + step_s
            wait_s = full_at - now_s - self._rate.burst * step_s
            if wait_s > 1e-9:
                raise TooMany(max(1, math.ceil(wait_s)), "Too many calls; wait a moment.")
            if len(self._full_at) >= _MOST_CALLERS:
                self._full_at = {who: at for who, at in self._full_at.items() if at > now_s}
            self._full_at[caller] = full_at


class Rates:
    """The buckets of one server."""

    def __init__(self, now_s: Callable[[], float] = monotonic) -> None:
        self._tokens = Bucket(limits.TOKEN_RATE, now_s)
        self._users = Bucket(limits.USER_RATE, now_s)
        self._addresses = Bucket(limits.ADDRESS_RATE, now_s)
        self._acting = Bucket(limits.ACTING_RATE, now_s)

    def counted(self, who: Callable[[], Actor | None], address: str) -> Actor | None:
        """Find out who calls and count the call for them. Raises TooMany."""
        try:
            actor = who()
        except NotSignedIn:
            self._addresses.take(network_of(address))
            raise
        if actor is None:
            self._addresses.take(network_of(address))
        elif actor.kind == "token":
            self._tokens.take(_name(actor))
        else:
            self._users.take(_name(actor))
        return actor

    def acting(self, actor: Actor) -> None:
        """Count a call that acts, beside the call itself. Raises TooMany."""
        self._acting.take(_name(actor))


def _name(actor: Actor) -> str:
    if actor.kind == "token" and actor.credential is not None:
        return f"token {actor.credential[1]}"
    return f"{actor.kind} {actor.user_id if actor.user_id is not None else actor.name}"
