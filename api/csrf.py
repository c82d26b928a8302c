"""Writes that a foreign page makes a browser send are refused, without a token in every form.

The check asks the browser itself (Sec-Fetch-Site, else Origin against Host), as datasette's
csrf.py does. A request with neither header is no browser's. A bearer token is exempt: a browser
never adds it by itself, and the gate then looks at no cookie.
"""

from urllib.parse import urlsplit

from flask import request

from domain.foundation.errors import NotAllowed

_FOR_TOKENS = ("/api/", "/ws", "/stats", "/metrics", "/services/", "/docs", "/openapi.json")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_foreign_write(public_url: str | None) -> None:
    """Raise NotAllowed (`cross_site`) for what another site made this browser send.

    A WebSocket handshake is a GET and still opens a channel, so its Origin is always checked.
    """
    if request.path == "/ws":
        if not _is_own_origin(public_url):
            raise _cross_site()
        return
    if request.method in _SAFE or bearer() is not None:
        return
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from is not None:
        if fetched_from not in {"same-origin", "none"}:
            raise _cross_site()
        return
    if not _is_own_origin(public_url):
        raise _cross_site()


def bearer() -> str | None:
    """Return the token of an `Authorization: Bearer` header, on paths that programs call."""
    if not request.path.startswith(_FOR_TOKENS):
        return None
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _is_own_origin(public_url: str | None) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        said = urlsplit(origin)
    except ValueError:
        return False
    if said.scheme in {"http", "https"} and said.netloc == request.host:
        return True
    own = urlsplit(public_url) if public_url else None
    return own is not None and (said.scheme, said.netloc) == (own.scheme, own.netloc)


def _cross_site() -> NotAllowed:
    return NotAllowed("same-origin", "This request comes from another site.", code="cross_site")
