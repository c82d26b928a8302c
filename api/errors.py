"""Every error becomes one JSON shape here, once; a stack trace stays in the log.

`{"error": {"code", "message", "details"}}`. What a token tried outside its contract, and what a
role may not, is recorded in the audit, at most once a minute for the same try.
"""

import logging
import secrets

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from api.json import answer
from domain.access.current import actor_or_none
from domain.access.service import Access
from domain.foundation.errors import (
    Conflict,
    InvalidInput,
    Malformed,
    NotAllowed,
    NotSignedIn,
    TooLarge,
    TooMany,
    Unavailable,
    Unknown,
    WattboardError,
)

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[WattboardError], int], ...] = (
    (Malformed, 400),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (Unknown, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (InvalidInput, 422),
    (TooMany, 429),
    (Unavailable, 503),
)
_HTTP_CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "not_allowed",
    404: "unknown_path",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
}


def status_of(error: WattboardError) -> int:
    """Return the HTTP status of an error of ours."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def error_response(
    status: int, code: str, message: str, details: dict[str, object] | None = None
) -> Response:
    """Make a response of the one error shape."""
    response = answer(
        {"error": {"code": code, "message": message, "details": details or {}}}, status
    )
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="wattboard"'
    return response


def _note(access: Access, error: NotAllowed) -> None:
    actor = actor_or_none()
    if actor is not None:
        access.note_refusal(actor, f"{request.method} {request.path}", error.details)


def register_errors(server: Flask, access: Access) -> None:
    """Map our errors, Flask's and everything unforeseen to responses."""

    @server.errorhandler(WattboardError)
    def ours(error: WattboardError) -> Response:
        if isinstance(error, NotAllowed):
            _note(access, error)
        response = error_response(status_of(error), error.code, error.message, error.details)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after_s)
        return response

    @server.errorhandler(HTTPException)
    def flasks(error: HTTPException) -> Response:
        status = error.code or 500
        code = _HTTP_CODES.get(status, "error")
        response = error_response(status, code, error.description or error.name)
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                response.headers[name] = value
        return response

    @server.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        number = secrets.token_hex(4)
        log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
        message = f"Something failed here. It is in the log as error {number}."
        return error_response(500, "internal", message, {"error_id": number})
