"""Who did what to what: one row per change, in the change's own transaction.

The table takes no UPDATE and no DELETE (triggers on both databases). Secrets never come here;
moments are real time, whatever clock the building runs on.
"""

import json
import re
import threading
from collections.abc import Hashable, Mapping

from sqlalchemy.engine import Connection

from domain.access import store
from domain.access.current import current_address
from domain.access.policy import Actor
from domain.foundation.clock import monotonic, real_now_ms

_AGAIN_AFTER_S = 60.0
_MOST_REMEMBERED = 1000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    target: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write one row; it stays or goes with the transaction it belongs to."""
    store.insert_audit(
        connection,
        {
            "at_ms": real_now_ms(),
            "actor_name": _one_line(actor.name, 100),
            "actor_kind": actor.kind,
            "actor_role": actor.role,
            "action": action,
            "target": _one_line(target, 200),
            "before": _json(before),
            "after": _json(after),
            "address": current_address(),
        },
    )


class Repeats:
    """Lets the same refusal into the audit once a minute, with how often it happened.

    Whoever tries in a loop must not be able to fill the audit with one line.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def times(self, key: Hashable) -> int:
        """How many times to record it as; 0 lets it wait and be counted with the next one."""
        now_s = monotonic()
        with self._lock:
            recorded_s, waiting = self._known.get(key, (-_AGAIN_AFTER_S, 0))
            if now_s - recorded_s < _AGAIN_AFTER_S:
                self._known[key] = (recorded_s, waiting + 1)
                return 0
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = (now_s, 0)
        return waiting + 1


def _one_line(text: str, length: int) -> str:
    return _UNPRINTABLE.sub("�", text)[:length]


def _json(values: Mapping[str, object] | None) -> str | None:
    if values is None:
        return None
    return json.dumps(dict(values), default=str, sort_keys=True)
