"""Who did what to what: one row per change, in the change's own transaction.

The table takes no UPDATE and no DELETE (triggers on both databases). Secrets never come here;
moments are real time, whatever clock the building runs on.
"""

import json
import re
from collections.abc import Mapping

from sqlalchemy.engine import Connection

from domain.access import store
from domain.access.current import current_address
from domain.access.policy import Actor
from domain.foundation.clock import real_now_ms

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


def _one_line(text: str, length: int) -> str:
    return _UNPRINTABLE.sub("�", text)[:length]


def _json(values: Mapping[str, object] | None) -> str | None:
    if values is None:
        return None
    return json.dumps(dict(values), default=str, sort_keys=True)
