"""`Idempotency-Key`: under a key a call acts once, however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, current_app, request

from api.json import raw_body
from api.limits import IDEMPOTENCY_KEY_CHARACTERS
from api.rates import Rates
from domain.access.current import current_actor
from domain.access.policy import Actor
from domain.foundation.errors import FieldError, InvalidInput, WattboardError
from domain.idempotency.service import FirstAnswer

if TYPE_CHECKING:
    from domain.house import House

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


class Once:
    """Runs calls that may carry a key."""

    def __init__(self, house: House) -> None:
        self._keys = house.idempotency

    def run(self, call: Callable[[], Response]) -> Response:
        """Answer a call; a repeated one gets the first answer. Raises Conflict, InvalidInput."""
        key = request.headers.get(HEADER)
        if key is None:
            return call()
        caller = _caller(current_actor())
        first = self._keys.begin(caller, _checked(key), _digest())
        if first is not None:
            headers = {REPLAYED: "true"}
            return Response(
                first.body, first.status, headers=headers, content_type="application/json"
            )
        try:
            response = call()
        except WattboardError:
            self._keys.release(caller, key)
            raise
        text = response.get_data(as_text=True)
        self._keys.finish(caller, key, FirstAnswer(response.status_code, text))
        return response


def count_acting() -> None:
    """Count a call that acts for who makes it. Raises TooMany."""
    rates: Rates = current_app.extensions["rates"]
    rates.acting(current_actor())


def _checked(key: str) -> str:
    if (
        not 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS
        or not key.isascii()
        or not key.isprintable()
    ):
        rule = f"1 to {IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters"
        wrong = FieldError(HEADER, rule, IDEMPOTENCY_KEY_CHARACTERS)
        raise InvalidInput(f"This Idempotency-Key cannot be used: {rule}.", [wrong])
    return key


def _digest() -> str:
    """The whole call: a key used for another path is used for another call."""
    said = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(said + raw_body()).hexdigest()


def _caller(actor: Actor) -> str:
    if actor.kind == "token" and actor.credential is not None:
        return f"token {actor.credential[1]}"
    return f"{actor.kind} {actor.user_id}"
