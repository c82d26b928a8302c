"""Signing in and out, and pairing a wall display: plain server-rendered forms, no Dash, no script.

The cookie holds a random secret, signed; the session itself is a row that can end. Everything a
browser carried before signing in is dropped.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user

from api.login_page import LOGIN, PAIRING, PASSWORD, STYLES
from api.marks import requires
from domain.access.displays import DISPLAY_COOKIE
from domain.access.model import SignedIn
from domain.access.passwords import MAX_LENGTH, MIN_LENGTH
from domain.access.policy import PUBLIC, ROLE_LABELS, SIGNED_IN
from domain.access.sessions import actor_of
from domain.foundation.errors import InvalidInput, NotSignedIn, TooMany

if TYPE_CHECKING:
    from domain.house import House

CHOOSING_PATH = "/password"
"""Where a password that somebody else gave is changed; the gate leads there and nowhere else."""
_ASSETS = Path(__file__).parent.parent / "assets"
_DISPLAY_COOKIE_S = 400 * 24 * 3600
"""The longest a browser keeps a cookie; the Admin page ends it earlier."""
_NOTES = {
    "password": "Your password has changed. Sign in with the new one.",
    "ended": "Your session has ended. Sign in again.",
    "out": "You are signed out.",
}


class SessionUser(UserMixin):  # type: ignore[misc]
    """What flask-login keeps of a request: the cookie's secret and who it stands for."""

    def __init__(self, secret: str, signed_in: SignedIn) -> None:
        self._secret = secret
        self.session_id = signed_in.session.session_id
        self.actor = actor_of(signed_in)
        self.password_given = signed_in.user.password_given

    def get_id(self) -> str:
        """Return what the cookie carries."""
        return self._secret


def local_path(wanted: str) -> str:
    """Return `wanted` where it is a page of ours, else the start page (no open redirect)."""
    if any(ord(sign) < 0x21 or sign == "\\" for sign in wanted) or not wanted.startswith("/"):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or wanted.startswith("//"):
        return "/"
    return "/" if parts.path in {"/login", "/logout", CHOOSING_PATH} else wanted


def _status_of(refusal: NotSignedIn | TooMany | InvalidInput) -> int:
    if isinstance(refusal, InvalidInput):
        return 422
    return 429 if isinstance(refusal, TooMany) else 401


def register_login(server: Flask, house: "House") -> None:
    """Add /login, /logout, /password and /kiosk/pair."""
    forms = _Forms(house)
    server.add_url_rule("/login", "login", requires(PUBLIC)(forms.show_login), methods=["GET"])
    server.add_url_rule("/login", "sign_in", requires(PUBLIC)(forms.sign_in), methods=["POST"])
    server.add_url_rule("/logout", "logout", requires(PUBLIC)(forms.sign_out), methods=["POST"])
    own = requires(SIGNED_IN)
    server.add_url_rule(CHOOSING_PATH, "password", own(forms.show_password), methods=["GET"])
    server.add_url_rule(
        CHOOSING_PATH, "choose_password", own(forms.choose_password), methods=["POST"]
    )
    server.add_url_rule("/kiosk/pair", "pair", requires(PUBLIC)(forms.pair), methods=["POST"])


class _Forms:
    def __init__(self, house: "House") -> None:
        self._access = house.access
        self._building = house.building
        self._demo = house.settings.demo

    def show_login(self) -> ResponseReturnValue:
        wanted = local_path(request.args.get("next", "/"))
        if current_user.is_authenticated:
            return redirect(wanted)
        return self._login_form(wanted, note=_NOTES.get(request.args.get("note", ""), ""))

    def _login_form(
        self, wanted: str, *, note: str = "", problem: str = "", name: str = ""
    ) -> Response:
        page = LOGIN.render(
            building=self._building.settings().name,
            demo=self._demo,
            logins=self._access.demo_logins(),
            roles=ROLE_LABELS,
            next=wanted,
            note=note,
            problem=problem,
            name=name,
            asset=asset,
            styles=STYLES,
        )
        return Response(page, content_type="text/html; charset=utf-8")

    def sign_in(self) -> ResponseReturnValue:
        wanted = local_path(request.form.get("next", "/"))
        name = request.form.get("username", "")
        try:
            secret = self._access.sign_in(
                name,
                request.form.get("password", ""),
                request.remote_addr or "",
                request.headers.get("User-Agent", ""),
            )
        except (NotSignedIn, TooMany) as refusal:
            response = self._login_form(wanted, problem=refusal.message, name=name[:64])
            response.status_code = 429 if isinstance(refusal, TooMany) else 401
            if isinstance(refusal, TooMany):
                response.headers["Retry-After"] = str(refusal.retry_after_s)
            return response
        self._end_session()
        return self._begin_session(secret, wanted)

    def _begin_session(self, secret: str, wanted: str) -> ResponseReturnValue:
        """Give the browser, whose own session has ended, this one."""
        signed_in = self._access.signed_in(secret)
        if signed_in is None:
            raise NotSignedIn
        login_user(SessionUser(secret, signed_in))
        session.permanent = True
        return redirect(wanted, code=303)

    def show_password(self) -> ResponseReturnValue:
        wanted = local_path(request.args.get("next", "/"))
        if not current_user.password_given:
            return redirect("/account")
        return self._password_form(wanted)

    def _password_form(self, wanted: str, problem: str = "") -> Response:
        page = PASSWORD.render(
            building=self._building.settings().name,
            name=current_user.actor.name,
            least=MIN_LENGTH,
            most=MAX_LENGTH,
            next=wanted,
            problem=problem,
            asset=asset,
            styles=STYLES,
        )
        return Response(page, content_type="text/html; charset=utf-8")

    def choose_password(self) -> ResponseReturnValue:
        """Change it; the browser that did goes on, every other session has ended."""
        wanted = local_path(request.form.get("next", "/"))
        name, new = current_user.actor.name, request.form.get("new", "")
        address, browser = request.remote_addr or "", request.headers.get("User-Agent", "")
        try:
            if new != request.form.get("again", ""):
                raise InvalidInput("The two new passwords are not the same.", [])
            self._access.users.change_password(current_user.actor, request.form.get("old", ""), new)
            secret = self._access.sign_in(name, new, address, browser)
        except (NotSignedIn, TooMany, InvalidInput) as refusal:
            response = self._password_form(wanted, refusal.message)
            response.status_code = _status_of(refusal)
            return response
        logout_user()
        session.clear()
        return self._begin_session(secret, wanted)

    def sign_out(self) -> ResponseReturnValue:
        self._end_session()
        return redirect("/login?note=out", code=303)

    def _end_session(self) -> None:
        """End the session the browser came with, if any, and forget all it carried."""
        if current_user.is_authenticated:
            self._access.sessions.end(current_user.actor, current_user.session_id)
            logout_user()
        session.clear()

    def pair(self) -> ResponseReturnValue:
        try:
            secret, _ = self._access.displays.pair(
                request.form.get("code", ""), request.remote_addr or ""
            )
        except (InvalidInput, TooMany) as refusal:
            response = pairing_form(refusal.message)
            response.status_code = 429 if isinstance(refusal, TooMany) else 422
            if isinstance(refusal, TooMany):
                response.headers["Retry-After"] = str(refusal.retry_after_s)
            return response
        answer = redirect("/kiosk", code=303)
        answer.set_cookie(
            DISPLAY_COOKIE,
            secret,
            max_age=_DISPLAY_COOKIE_S,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return answer


def pairing_form(problem: str = "") -> Response:
    """Make the page a wall shows until somebody types its code."""
    page = PAIRING.render(problem=problem, asset=asset, styles=STYLES)
    return Response(page, content_type="text/html; charset=utf-8")


def asset(name: str) -> str:
    """Return the address of an asset with its version, so that browsers may keep it."""
    return f"/assets/{name}?m={(_ASSETS / name).stat().st_mtime:.0f}"
