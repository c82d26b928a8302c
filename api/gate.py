"""The one gate before every request: deny by default, for routes, pages and callbacks alike.

Order (reference dash.md §4): foreign writes are refused; who is it (bearer token, else session
cookie, else display cookie); is their password their own; may they come to this route at all; and,
for Dash's one callback endpoint, may they run this callback. A callback takes its page's permission
and its own where `needs` gives one; an unknown one is 404. Only facts of the server decide: the
`output` that is looked up here is the one Dash runs.

    protect(server, pages, house)   before the first request
    check(server, pages, no_access) after it; raises where something has no permission
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import dash
from flask import Flask, Request, Response, abort, redirect, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.middleware.proxy_fix import ProxyFix

from api.callbacks import PAGE_ROUTER, check_arguments, read_output, required_permissions
from api.csrf import bearer, refuse_foreign_write
from api.headers import cookies_are_secure
from api.limits import BODY_BYTES, INGEST_BYTES
from api.login import CHOOSING_PATH, SessionUser, pairing_form
from api.marks import requires
from api.rates import Rates
from domain.access.current import actor_or_none, set_current
from domain.access.displays import DISPLAY_COOKIE
from domain.access.policy import PUBLIC, Actor, is_permission
from domain.access.service import PasswordNotOwn
from domain.access.sessions import LIFETIME_MS
from domain.foundation.contract import in_force, remember
from domain.foundation.errors import NotAllowed, NotSignedIn

if TYPE_CHECKING:
    from domain.house import House

__all__ = ["check", "permission_of_rule", "protect", "requires"]

KNOWN = "known"
"""Any actor, a wall display too; what such a route shows is decided further in."""
_DISPLAY_PAGE, _DISPLAY_PERMISSION = "/kiosk", "display.view"
_FOR_PROGRAMS = ("/api/", "/_dash", "/ws", "/stats", "/metrics", "/services/", "/openapi.json")
_INGEST_PATH = "/api/v1/data/ingest"
_TOKEN_IN_QUERY = frozenset({"token", "access_token", "jwt"})

_ANY_PATH = "/<path:path>"
_BY_RULE: dict[str, str] = {
    "/api/v1/<path:rest>": KNOWN,
    "/openapi.json": KNOWN,
    "/docs": KNOWN,
    "/ws": PUBLIC,  # a program may prove itself in its first frame; the socket closes otherwise
    "/assets/<path:filename>": PUBLIC,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": PUBLIC,
    "/_favicon.ico": PUBLIC,
    "/": KNOWN,
    _ANY_PATH: KNOWN,
    "/_dash-layout": KNOWN,
    "/_dash-dependencies": KNOWN,
    "/_dash-update-component": KNOWN,
}
_CLOSED = frozenset({"/_reload-hash"})
"""Dash's development routes: they exist, and answer nobody."""
_FOR_DISPLAYS = frozenset(
    {"/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/ws", _DISPLAY_PAGE}
)


def protect(server: Flask, pages: dash.Dash, house: "House") -> None:
    """Put the gate before everything the server does."""
    settings = house.settings
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        server.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            server.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    _configure(server, house)
    gate = _Gate(server, pages, house)
    # Before Dash's own hooks, whichever was registered first.
    server.before_request_funcs.setdefault(None, []).insert(0, gate.admit)
    server.after_request(_keep_contract)
    server.teardown_request(lambda _error: set_current(None))


def _keep_contract(response: Response) -> Response:
    """A streamed answer is made after the request has ended; its contract still holds."""
    if response.is_streamed and in_force().restricts:
        response.response = remember(cast("Iterator[bytes]", iter(response.response)))
    return response


def _configure(server: Flask, house: "House") -> None:
    settings = house.settings
    server.secret_key = settings.secret_key
    server.session_interface = _Sessions()
    server.config.update(
        SESSION_COOKIE_NAME="wb_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=cookies_are_secure(settings.public_url, settings.trusted_proxies),
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIFETIME_MS // 1000,
        MAX_CONTENT_LENGTH=BODY_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=None,
    )
    manager = _Manager(server)
    # Sessions are rows of ours; flask-login's own mark of address and browser adds nothing.
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(secret: str) -> SessionUser | None:
        found = house.access.signed_in(secret)
        return None if found is None else SessionUser(secret, found)


class _Manager(LoginManager):  # type: ignore[misc]
    """flask-login without "remember me", which would touch the session for every static file."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


class _Sessions(SecureCookieSessionInterface):
    """Flask's, which would set up a signature for every program that sends no cookie at all."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)


class _Gate:
    """Who comes to what."""

    def __init__(self, server: Flask, pages: dash.Dash, house: "House") -> None:
        self._server = server
        self._pages = pages
        self._access = house.access
        self._public_url = house.settings.public_url
        self._rates = server.extensions["rates"] = Rates()

    def admit(self) -> ResponseReturnValue | None:
        """Decide about one request; None lets it through."""
        set_current(None, request.remote_addr)
        if request.path == _INGEST_PATH:
            request.max_content_length = INGEST_BYTES
        refuse_foreign_write(self._public_url)
        rule = request.url_rule.rule if request.url_rule else None
        permission = self._permission_of(rule)
        if permission == PUBLIC and not _is_for_programs(request.path):
            return None
        actor = self._rates.counted(self._who, request.remote_addr or "")
        set_current(actor, request.remote_addr)
        if actor is not None and actor.kind == "user":
            led = self._refuse_given_password()
            if led is not None:
                return led
        if permission == PUBLIC:
            return None
        if actor is None:
            return _send_to_login()
        if rule == _ANY_PATH and _is_for_programs(request.path):
            abort(404)  # Dash would answer with its page
        return self._admit(actor, permission)

    def _refuse_given_password(self) -> ResponseReturnValue | None:
        """Lead whoever still has a password somebody gave them to choosing one, and nowhere else.

        Raises:
            PasswordNotOwn: `password_change_required`, where no page can be shown.
        """
        if not current_user.is_authenticated or not current_user.password_given:
            return None
        if request.path == CHOOSING_PATH:
            return None
        if _is_for_programs(request.path) or request.method not in {"GET", "HEAD"}:
            raise PasswordNotOwn
        wanted = request.full_path.rstrip("?")
        query = "" if wanted == "/" else f"?next={quote(wanted, safe='')}"
        return redirect(CHOOSING_PATH + query)

    def _admit(self, actor: Actor, permission: str | None) -> ResponseReturnValue | None:
        if actor.kind == "display" and request.path not in _FOR_DISPLAYS:
            if _is_for_programs(request.path):
                raise NotAllowed("display.view", "A wall display only shows the wall page.")
            return redirect(_DISPLAY_PAGE)
        if request.path == "/_dash-update-component":
            self._admit_callback(actor)
        elif permission is None:
            raise NotAllowed("nothing", "Nobody may call this.")
        elif permission != KNOWN:
            actor.require(permission)
        return None

    def _permission_of(self, rule: str | None) -> str | None:
        """Look up what a route asks for; None is for nobody."""
        if rule is None:
            return KNOWN  # no such route: whoever is known is told so
        return permission_of_rule(self._server, rule, request.endpoint or "")

    def _who(self) -> Actor | None:
        token = bearer()
        if token is not None:
            return self._access.actor_of_token(token)
        if not _TOKEN_IN_QUERY.isdisjoint(request.args) and _is_for_programs(request.path):
            raise NotSignedIn("Send the token in the Authorization header.", "token_in_query")
        if current_user.is_authenticated:
            actor: Actor = current_user.actor
            return actor
        secret = request.cookies.get(DISPLAY_COOKIE, "")
        address = request.remote_addr or ""
        display = self._access.actor_of_display(secret, address) if secret else None
        if display is None and request.path == "/ws" and (secret or _has_session_cookie()):
            raise NotSignedIn("The session has ended.", "session_ended")
        return display

    def _admit_callback(self, actor: Actor) -> None:
        output = read_output(self._pages)
        needed = required_permissions(self._pages, output)
        if not needed and output != PAGE_ROUTER:
            raise NotAllowed("nothing", "Nobody may call this.")
        if actor.kind == "display" and output != PAGE_ROUTER and needed != {_DISPLAY_PERMISSION}:
            raise NotAllowed(", ".join(sorted(needed)), "A wall display only shows the wall page.")
        for permission in sorted(needed):
            actor.require(permission)
        check_arguments(self._pages, output)


def permission_of_rule(server: Flask, rule: str, endpoint: str) -> str | None:
    """Return the permission of a route: its own mark, or the table of Dash's routes."""
    if rule in _CLOSED:
        return None
    own = getattr(server.view_functions.get(endpoint), "__wattboard_permission__", None)
    return own if own is not None else _BY_RULE.get(rule)


def _is_for_programs(path: str) -> bool:
    return path.startswith(_FOR_PROGRAMS)


def _has_session_cookie() -> bool:
    return "_user_id" in session


def _send_to_login() -> ResponseReturnValue:
    if _is_for_programs(request.path) or request.method not in {"GET", "HEAD"}:
        raise NotSignedIn
    if request.path == _DISPLAY_PAGE:
        return pairing_form()
    wanted = request.full_path.rstrip("?")
    return redirect("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}")


# --- at the start --------------------------------------------------------------------------


def check(
    server: Flask, pages: dash.Dash, no_access: Callable[[str], object] | None = None
) -> None:
    """Refuse to start while a route, page or callback has no permission; guard the layouts.

    Args:
        server: The Flask application.
        pages: The Dash application on it.
        no_access: Draws what somebody sees who may not see a page, given the permission;
            without it such a page is refused with 403.

    Raises:
        RuntimeError: naming everything that is open.
    """
    open_doors = [*_open_routes(server), *_open_pages(), *_open_callbacks(pages)]
    if open_doors:
        raise RuntimeError("without permission: " + "; ".join(open_doors))
    for page in dash.page_registry.values():
        _guard_layout(page, no_access)


def _open_routes(server: Flask) -> list[str]:
    return [
        f"route {rule.rule}"
        for rule in server.url_map.iter_rules()
        if rule.rule not in _CLOSED and permission_of_rule(server, rule.rule, rule.endpoint) is None
    ]


def _open_pages() -> list[str]:
    return [
        f"page {module}"
        for module, page in dash.page_registry.items()
        if not is_permission(str(page.get("permission")))
    ]


def _open_callbacks(pages: dash.Dash) -> list[str]:
    found = []
    for output, entry in pages.callback_map.items():
        if "callback" not in entry:
            continue  # runs in the browser only
        if output != PAGE_ROUTER and not required_permissions(pages, output):
            found.append(f"callback {output}")
    return found


def _guard_layout(page: dict[str, Any], no_access: Callable[[str], object] | None) -> None:
    """Let a page draw itself only for who may see it, whoever asked Dash's router for it."""
    draw, permission = page["layout"], str(page["permission"])
    if getattr(draw, "__wattboard_guarded__", False):
        return

    def guarded(**arguments: object) -> object:
        actor = actor_or_none()
        if actor is None:
            raise NotSignedIn
        for_display = permission == _DISPLAY_PERMISSION
        if not actor.may(permission) or (actor.kind == "display" and not for_display):
            if no_access is None:
                raise NotAllowed(permission)
            return no_access(permission)
        return draw(**arguments) if callable(draw) else draw

    guarded.__wattboard_guarded__ = True  # type: ignore[attr-defined]
    page["layout"] = guarded
