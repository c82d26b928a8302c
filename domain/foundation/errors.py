"""What can go wrong, as one family; `api/errors.py` maps it to HTTP and `components` to the screen.

WattboardError
├── Malformed        400  not readable at all
├── NotSignedIn      401  nobody, or no longer
├── NotAllowed       403  known, but may not
├── Unknown          404  no such thing
├── Conflict         409  somebody else holds it, or it changed meanwhile
├── TooLarge         413  over a stated limit
├── InvalidInput     422  readable, but not acceptable: one entry per field, with its limit
├── TooMany          429  again after a stated time
└── Unavailable      503  a part of Wattboard is down
"""

from collections.abc import Sequence
from dataclasses import dataclass


class WattboardError(Exception):
    """Root of the family: a code for programs, a sentence for people, details for both."""

    def __init__(self, code: str, message: str, details: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: dict[str, object] = details or {}


class Malformed(WattboardError):
    """The input is not readable at all."""

    def __init__(self, message: str, code: str = "malformed") -> None:
        super().__init__(code, message)


class NotSignedIn(WattboardError):
    """Nobody is signed in, or the session or token has ended."""

    def __init__(self, message: str = "Sign in first.", code: str = "not_signed_in") -> None:
        super().__init__(code, message)


class NotAllowed(WattboardError):
    """The actor is known but lacks a permission."""

    def __init__(
        self, permission: str, message: str | None = None, code: str = "not_allowed"
    ) -> None:
        super().__init__(
            code,
            message or f"Your role does not include “{permission}”.",
            {"permission": permission},
        )


class Unknown(WattboardError):
    """There is no such thing; the code is `unknown_<kind>`."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"unknown_{kind}", f"There is no {kind} “{key}”.", {kind: str(key)})


class Conflict(WattboardError):
    """Somebody else holds it, it exists already, or it changed since it was read."""

    def __init__(
        self,
        message: str,
        holder: str | None = None,
        code: str = "conflict",
        until: str | None = None,
    ) -> None:
        known = {"holder": holder, "until": until}
        super().__init__(code, message, {name: said for name, said in known.items() if said})


class TooLarge(WattboardError):
    """Over a stated limit of size."""

    def __init__(self, message: str, limit: int) -> None:
        super().__init__("too_large", message, {"limit": limit})


@dataclass(frozen=True)
class FieldError:
    """One field that is not acceptable, and the limit it breaks."""

    field: str
    message: str
    limit: object = None


class InvalidInput(WattboardError):
    """Readable, but not acceptable; carries one `FieldError` per field."""

    def __init__(
        self, message: str, fields: Sequence[FieldError] = (), code: str = "invalid_input"
    ) -> None:
        entries = [{"field": f.field, "message": f.message, "limit": f.limit} for f in fields]
        super().__init__(code, message, {"fields": entries} if entries else {})
        self.fields = tuple(fields)


class TooMany(WattboardError):
    """Too many tries; again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int, message: str | None = None) -> None:
        super().__init__(
            "too_many",
            message or f"Too many tries. Again in {retry_after_s} s.",
            {"retry_after_s": retry_after_s},
        )
        self.retry_after_s = retry_after_s


class Unavailable(WattboardError):
    """A part of Wattboard is down; the rest goes on."""

    def __init__(self, module: str, message: str | None = None) -> None:
        super().__init__(
            "unavailable", message or f"The {module} does not answer now.", {"module": module}
        )
        self.module = module
