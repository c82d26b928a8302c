"""One key of one caller stands for one call: its first answer is given again, never its effect.

A key is claimed before the call runs. If the call raises an error of ours, nothing has happened
and the key is free again. If the process dies in between, nobody knows what has happened: the
key then stays claimed and says so, and nothing runs twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.foundation.clock import real_now_ms
from domain.foundation.errors import Conflict
from domain.idempotency import store
from domain.storage.engine import Database

KEEP_MS = 24 * 3_600_000
STILL_RUNNING_MS = 60_000
"""A claim without an answer is taken for a running call so long, then for a lost one."""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The answer of the first call under a key."""

    status: int
    body: str


class Idempotency:
    """Keys are kept a day; times are real, not building time."""

    def __init__(self, database: Database, now_ms: Callable[[], int] = real_now_ms) -> None:
        self._database = database
        self._now_ms = now_ms

    def begin(self, caller: str, key: str, digest: str) -> FirstAnswer | None:
        """Claim a key; gives the first answer where the call was made before.

        Raises:
            Conflict: `idempotency_key_reused` with another call, `idempotency_in_progress`, or
                `idempotency_outcome_unknown`.
        """
        now_ms = self._now_ms()
        with self._database.write() as c:
            if store.claim(c, caller, key, digest, now_ms):
                return None
            call = store.read(c, caller, key)
        if call is None or call.digest != digest:
            raise Conflict(
                "This Idempotency-Key was used for another call.",
                holder=key,
                code="idempotency_key_reused",
            )
        if call.status is None:
            raise _unanswered(key, running=now_ms - call.claimed_ms < STILL_RUNNING_MS)
        return FirstAnswer(call.status, call.body or "")

    def finish(self, caller: str, key: str, answer: FirstAnswer) -> None:
        """Keep the first answer of a claimed key."""
        with self._database.write() as c:
            store.keep(c, caller, key, answer.status, answer.body)

    def release(self, caller: str, key: str) -> None:
        """Free a claimed key whose call was refused, so that it may be tried again."""
        with self._database.write() as c:
            store.release(c, caller, key)

    def forget_old(self) -> int:
        """Drop keys older than a day (a job); how many there were."""
        with self._database.write() as c:
            return store.forget(c, self._now_ms() - KEEP_MS)


def _unanswered(key: str, *, running: bool) -> Conflict:
    if running:
        return Conflict(
            "The first call with this Idempotency-Key is still running.",
            holder=key,
            code="idempotency_in_progress",
        )
    return Conflict(
        "The first call with this Idempotency-Key has no answer: Wattboard ended meanwhile. "
        "Look at what there is before you send it under another key.",
        holder=key,
        code="idempotency_outcome_unknown",
    )
