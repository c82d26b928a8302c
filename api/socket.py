"""`/ws`: who connects, what they ask for, and when they have to go (API.md §5).

Each client has this thread of its own. It holds no database connection: it waits for either
something to send, something said by the client, the next heartbeat or the next look at whether the
client may still be here.
"""

from __future__ import annotations

import logging
import socket as sockets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask
from flask_sock import Sock
from simple_websocket import ConnectionClosed

from api.hub import MAX_SOCKETS, Hub
from api.limits import FRAME_BYTES
from api.live_client import Client
from api.live_frames import PING, wire
from api.live_subscription import Verdict, read_wish
from api.live_transport import Transport
from domain.access.current import actor_or_none, current_address, set_current
from domain.access.policy import Actor
from domain.foundation.clock import monotonic
from domain.foundation.errors import Conflict, Malformed, NotSignedIn, WattboardError

if TYPE_CHECKING:
    from domain.house import House

log = logging.getLogger(__name__)

MAX_FRAME_BYTES = FRAME_BYTES
AUTH_WITHIN_S = 10.0
HEARTBEAT_S = 20.0
RECHECK_S = 3.0
GOODBYE_S = 2.0


def register_socket(
    server: Flask,
    house: House,
    *,
    max_sockets: int = MAX_SOCKETS,
    listener_state: Callable[[], Mapping[str, object]] | None = None,
) -> Hub:
    """Serve `/ws` from this Flask application; the web server needs max_sockets + 32 threads.

    The gate (api/gate.py) stands before it: a foreign Origin and bad credentials end there.
    """
    hub = Hub(house, max_sockets=max_sockets, listener_state=listener_state)
    server.config.setdefault("SOCK_SERVER_OPTIONS", {})["max_message_size"] = MAX_FRAME_BYTES
    server.extensions["live"] = hub
    sock = Sock(server)

    @sock.route("/ws")  # type: ignore[untyped-decorator]
    def live(websocket: Any) -> None:
        Conversation(hub, house, websocket).hold()

    return hub


class Conversation:
    """One accepted socket from its first to its last frame."""

    def __init__(self, hub: Hub, house: House, websocket: Any) -> None:
        self._hub = hub
        self._access = house.access
        self._websocket = websocket
        self._transport = Transport(websocket.sock, lambda: len(websocket.input_buffer))
        websocket.sock = self._transport
        self._client = Client(websocket.event.set)
        now_s = monotonic()
        self._ping_s, self._check_s = now_s + HEARTBEAT_S, now_s + RECHECK_S
        self._auth_until_s = now_s + AUTH_WITHIN_S

    def hold(self) -> None:
        """Stay until either side ends it."""
        try:
            self._hub.join(self._client)
        except Conflict as full:
            self._say_goodbye(1013, full.message)
            return
        try:
            self._client.actor = actor_or_none()
            if self._client.actor is not None:
                self._hub.hello(self._client)
            self._converse()
        except (OSError, ConnectionClosed):
            self._transport.shutdown(sockets.SHUT_RDWR)
        finally:
            self._hub.leave(self._client)

    def _converse(self) -> None:
        websocket, client = self._websocket, self._client
        while True:
            self._send_waiting()
            if client.closing is None and websocket.connected and not websocket.input_buffer:
                websocket.event.wait(max(0.0, self._next_duty_s() - monotonic()))
            websocket.event.clear()
            if not websocket.connected:
                return
            if websocket.input_buffer:
                self._answer(websocket.input_buffer.pop(0))
            self._do_duties()
            if client.closing is not None:
                self._send_waiting()
                self._say_goodbye(*client.closing)
                return

    def _send_waiting(self) -> None:
        while self._websocket.connected and (waiting := self._client.take()) is not None:
            self._transport.send(waiting)

    def _next_duty_s(self) -> float:
        if self._client.actor is None:
            return self._auth_until_s
        return min(self._ping_s, self._check_s)

    def _do_duties(self) -> None:
        """Heartbeat and permission, each when it is due."""
        now_s = monotonic()
        if self._client.actor is None:
            if now_s >= self._auth_until_s:
                self._client.close(4401, "no credentials within 10 s")
            return
        if now_s >= self._ping_s:
            self._ping_s = now_s + HEARTBEAT_S
            if not self._websocket.pong_received:
                raise ConnectionClosed(1006, "no heartbeat")
            self._websocket.pong_received = False
            self._transport.send(wire(b"", PING))
        if now_s >= self._check_s:
            self._check_s = now_s + RECHECK_S
            self._check_access()

    def _check_access(self) -> None:
        actor = self._client.actor
        try:
            if actor is not None and not self._access.still_valid(actor):
                self._client.close(4401, "the session or token has ended")
            else:
                self._hub.recheck(self._client)
        except Exception:
            log.exception("a live client could not be checked; again in %s s", RECHECK_S)

    def _answer(self, raw: str | bytes) -> None:
        try:
            self._act(_read(raw))
        except WattboardError as error:
            self._hub.tell_error(self._client, error)

    def _act(self, message: dict[str, object]) -> None:
        action, client, hub = message.get("action"), self._client, self._hub
        if client.actor is None:
            self._authenticate(message)
        elif action == "subscribe":
            self._note_denied(client.actor, hub.subscribe(client, read_wish(message)))
        elif action == "unsubscribe":
            hub.unsubscribe(client, read_wish(message))
        elif action == "resume":
            last_seq = message.get("last_seq")
            if not isinstance(last_seq, int) or isinstance(last_seq, bool):
                raise Malformed("“last_seq” is the number of the last frame received.")
            hub.resume(client, last_seq)
        elif action == "ping":
            hub.pong(client)
        elif action == "auth":
            raise Conflict("You are signed in already.", code="already_signed_in")
        else:
            raise Malformed("“action” is auth, subscribe, unsubscribe, resume or ping.")

    def _note_denied(self, actor: Actor, verdict: Verdict) -> None:
        """What a token may not have live is a use outside its contract, like any other."""
        topics = [d["key"] for d in verdict.denied if d["code"] == "not_allowed"]
        if topics and actor.kind == "token":
            clause = "permission" if actor.may_stream else "stream"
            self._access.note_refusal(actor, "WS /ws", {"topics": topics, "clause": clause})

    def _authenticate(self, message: dict[str, object]) -> None:
        token = message.get("token")
        try:
            if message.get("action") != "auth" or not isinstance(token, str):
                raise NotSignedIn('Begin with {"action":"auth","token":…}.')
            self._client.actor = self._access.actor_of_token(token)
            set_current(self._client.actor, current_address())
        except NotSignedIn as refused:
            self._client.close(4401, refused.message)
        else:
            self._hub.hello(self._client)

    def _say_goodbye(self, code: int, reason: str) -> None:
        """Close with a reason, and without waiting long for a peer that no longer answers."""
        self._websocket.close(code, reason[:120])
        self._transport.shutdown(sockets.SHUT_WR)
        self._websocket.thread.join(GOODBYE_S)
        self._transport.shutdown(sockets.SHUT_RDWR)


def _read(raw: str | bytes) -> dict[str, object]:
    try:
        message = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed("A frame is one JSON object.") from None
    if not isinstance(message, dict):
        raise Malformed("A frame is one JSON object.")
    return message
