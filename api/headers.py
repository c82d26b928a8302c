"""Security and cache headers of every response, and the content security policy.

The policy is the one measured clean with Dash, dbc and plotly (reference dash.md §3): scripts
from here or named by hash, no eval; styles inline because Dash writes them so.
"""

from urllib.parse import urlsplit

import dash
from flask import Flask, Response, request

from api.compression import compress_responses

_YEAR_S = 31_536_000
_VERSIONED = frozenset({"m", "v"})
_FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class _Policy:
    """The policy for one Dash application; hashes are made again when scripts were added."""

    def __init__(self, pages: dash.Dash) -> None:
        self._pages = pages
        self._made_for = -1
        self._text = ""

    def text(self) -> str:
        scripts = len(self._pages._inline_scripts)
        if scripts != self._made_for:
            hashes = " ".join(self._pages.csp_hashes())
            self._text = "; ".join(
                (
                    "default-src 'self'",
                    f"script-src 'self' {hashes}",
                    "style-src 'self' 'unsafe-inline'",
                    "img-src 'self' data: blob:",
                    "connect-src 'self'",
                    "object-src 'none'",
                    "base-uri 'self'",
                    "form-action 'self'",
                    "frame-ancestors 'none'",
                )
            )
            self._made_for = len(self._pages._inline_scripts)
        return self._text


def is_static(path: str) -> bool:
    """Whether a path serves files that are the same for everybody."""
    return path.startswith(("/assets/", "/_dash-component-suites/"))


def secure(server: Flask, pages: dash.Dash) -> None:
    """Add the headers to every response of the server, and compress it."""
    policy = _Policy(pages)
    compress_responses(server)

    @server.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _FIXED:
            response.headers[name] = value
        response.headers["Content-Security-Policy"] = policy.text()
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
        _say_how_long(response)
        return response


def _say_how_long(response: Response) -> None:
    """Files with a version in their address keep for a year, others are asked for, data never."""
    cache = response.cache_control
    if not is_static(request.path):
        if "Cache-Control" not in response.headers:
            cache.no_store = True
    elif response.status_code in {200, 206, 304}:
        lasting = not _VERSIONED.isdisjoint(request.args) or "/fonts/" in request.path
        if lasting or cache.max_age:
            cache.no_cache, cache.public, cache.max_age = None, True, _YEAR_S
            cache.immutable = True
        else:
            cache.no_cache, cache.max_age = True, None
    else:
        cache.no_store = True


def cookies_are_secure(public_url: str | None, trusted_proxies: int) -> bool:
    """Whether browsers reach us over TLS: the public address says so, or a proxy stands before."""
    if public_url:
        return urlsplit(public_url).scheme == "https"
    return trusted_proxies > 0
