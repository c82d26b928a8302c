"""JSON in and out: orjson, which refuses NaN, infinities, lone surrogates and endless nesting."""

from functools import partial
from typing import Any

import orjson
from flask import Flask, Response, request
from flask.json.provider import JSONProvider

from domain.access.current import actor_or_none
from domain.foundation.errors import Malformed

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY
written = partial(orjson.dumps, option=_OPTIONS)
"""JSON as every answer writes it."""


class OrjsonProvider(JSONProvider):
    """What Flask uses wherever it reads or writes JSON; a missing value, also NaN, is null."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write compactly, UTF-8; keyword arguments of the standard library do not apply."""
        return written(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read; raises ValueError for anything that is not JSON."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Make the response of `jsonify` without a detour over text."""
        body = written(self._prepare_response_obj(args, kwargs))
        return Response(body, content_type="application/json")


def use_orjson(server: Flask) -> None:
    """Let one Flask application read and write JSON through orjson."""
    server.json = OrjsonProvider(server)


def answer(body: object, status: int = 200) -> Response:
    """Make a JSON response; bytes are JSON that is ready."""
    ready = body if isinstance(body, bytes) else written(body)
    return Response(ready, status, content_type="application/json")


def raw_body() -> bytes:
    """Return the request's bytes.

    Programs may send JSON under any content type, as the documents' curl lines do. A browser
    with a session must say `application/json`, which no form of a foreign page can say.

    Raises:
        Malformed: a session's request with another content type.
    """
    actor = actor_or_none()
    data = request.get_data(cache=True)
    if data and actor is not None and actor.kind in {"user", "display"} and not request.is_json:
        raise Malformed("Send JSON with content type application/json.", code="not_json")
    return data


def body() -> Any:
    """Return the parsed JSON body; nothing at all is null.

    Raises:
        Malformed: it is not JSON.
    """
    data = raw_body()
    if not data.strip():
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}", code="not_json") from None
