"""Messages leave once, are tried again, and reach a real SMTP and a real HTTP sink."""

import contextlib
import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from domain.access.policy import ROLES, SYSTEM, Actor
from domain.alarms import deliveries as deliveries_module
from domain.alarms.deliveries import NotDelivered, Outgoing
from domain.alarms.targets import signature
from domain.foundation.errors import InvalidInput, NotAllowed, Unknown
from domain.house import House
from scheduler.sending import sender
from tests.integration.alarms.conftest import limit_rule, only_rule, send, sensor


@dataclass
class Post:
    """A sender that keeps what it is given, or fails as it is told."""

    sent: list[Outgoing] = field(default_factory=list)
    fails: NotDelivered | None = None

    def __call__(self, outgoing: Outgoing) -> None:
        if self.fails is not None:
            raise self.fails
        self.sent.append(outgoing)


@pytest.fixture
def people(house: House) -> dict[str, Actor]:
    names = {"ada": "admin", "olga": "operator", "vera": "viewer"}
    made = {
        n: house.access.users.create(SYSTEM, n, r, "a-long-password-1") for n, r in names.items()
    }
    return {n: Actor(n, names[n], user.user_id) for n, user in made.items()}


@pytest.fixture
def hot(house: House, clock, evaluate) -> None:
    """Thermometers that rang together."""
    sensors = [f"T{n}" for n in range(12)]
    for name in sensors:
        sensor(house, name)
    only_rule(house, "none")
    limit_rule(house)
    send(house, clock.now_ms(), dict.fromkeys(sensors, 20.0))
    evaluate(clock.now_ms())
    house.clock.advance(60)


def ring(house: House, evaluate) -> None:
    at_ms = house.clock.now_ms()
    send(house, at_ms, {f"T{n}": 27.0 for n in range(12)})
    evaluate(at_ms)


def channel(house: House, actor: Actor, **fields: object) -> int:
    given = {"name": "Mine", "address": f"{actor.name}@example.org", **fields}
    return house.alarms.channels.create(actor, given).channel_id


def test_many_that_fail_together_are_one_message(house, people, hot, evaluate):
    channel(house, people["olga"])
    ring(house, evaluate)
    post = Post()
    assert house.alarms.deliveries.run(post) == 1
    assert house.alarms.deliveries.run(post) == 0
    (message,) = post.sent
    assert "12 sensors above 26.0 °C" in message.subject
    (logged,) = house.alarms.channels.log(people["olga"])
    assert (logged.status, logged.attempts) == ("sent", 1)


def test_two_processes_send_each_message_once(house, settings, database, people, hot, evaluate):
    for _ in range(6):
        channel(house, people["olga"])
    ring(house, evaluate)
    other = House.compose(settings, clock=house.clock, database=database)
    post = Post()
    threads = [
        threading.Thread(target=h.alarms.deliveries.run, args=(post,)) for h in (house, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({message.number for message in post.sent}) == len(post.sent) == 6


def test_a_failure_is_tried_again_later_and_in_the_end_given_up(
    house, people, hot, evaluate, monkeypatch
):
    now = [1_000_000]
    monkeypatch.setattr(deliveries_module, "real_now_ms", lambda: now[0])
    channel(house, people["olga"])
    ring(house, evaluate)
    post = Post(fails=NotDelivered("the server is away"))
    house.alarms.deliveries.run(post)
    house.alarms.deliveries.run(post)
    (logged,) = house.alarms.channels.log(people["olga"])
    assert (logged.status, logged.attempts, logged.error) == ("queued", 1, "the server is away")
    for pause_s in (30, 120, 600, 1800, 5400):
        now[0] += pause_s * 1000
        house.alarms.deliveries.run(post)
    (logged,) = house.alarms.channels.log(people["olga"])
    assert (logged.status, logged.attempts) == ("failed", 6)


def test_what_a_dying_process_was_sending_is_sent_again_under_its_number(
    house, people, hot, evaluate, monkeypatch
):
    now = [1_000_000]
    monkeypatch.setattr(deliveries_module, "real_now_ms", lambda: now[0])
    channel(house, people["olga"])
    ring(house, evaluate)
    numbers = []

    def die(outgoing: Outgoing) -> None:
        numbers.append(outgoing.number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.alarms.deliveries.run(die)
    post = Post()
    assert house.alarms.deliveries.run(post) == 0
    now[0] += 121_000
    assert house.alarms.deliveries.run(post) == 1
    assert [message.number for message in post.sent] == numbers


def test_an_acknowledged_event_is_not_escalated(house, people, hot, evaluate):
    channel(house, people["ada"], escalation_s=1800)
    ring(house, evaluate)
    post = Post()
    house.alarms.deliveries.run(post)
    assert post.sent == []
    house.clock.advance(1801)
    house.alarms.deliveries.run(post)
    assert "Not acknowledged" in post.sent[0].subject


def test_a_disabled_person_is_told_nothing(house, people, hot, evaluate):
    channel(house, people["olga"])
    house.access.users.set_disabled(people["ada"], people["olga"].user_id, True)
    ring(house, evaluate)
    assert house.alarms.deliveries.plan() == 0


# ---- real sinks ------------------------------------------------------------------------------


class _Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        lines: list[str] = []
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "DATA":
                self.wfile.write(b"354 go on\r\n")
                for body in self.rfile:
                    if body == b".\r\n":
                        break
                    lines.append(body.decode().rstrip("\r\n"))
                self.server.mails.append("\n".join(lines))  # type: ignore[attr-defined]
                self.wfile.write(b"250 kept\r\n")
            elif verb == "RCPT" and "nobody@" in line:
                self.wfile.write(b"550 no such person\r\n")
            elif verb == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class _Hook(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted; /moved redirects, /busy fails."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response({"/moved": 302, "/busy": 503}.get(self.path, 204))
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mails() -> Iterator[tuple[int, list[str]]]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    server.daemon_threads = True
    server.mails = []  # type: ignore[attr-defined]
    with serving(server) as port:
        yield port, server.mails  # type: ignore[attr-defined]


@pytest.fixture
def hook() -> Iterator[tuple[int, list[tuple[str, dict[str, str], bytes]]]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.posts = []  # type: ignore[attr-defined]
    with serving(server) as port:
        yield port, server.posts  # type: ignore[attr-defined]


LETTER = Outgoing(
    7, "mail", "olga@example.org", "key", "Café: Warning", "T1 26 °C\n.\nend\n", '{"a": 1}',
    frozenset(),
)  # fmt: skip


def by_mail(settings, port, **fields):
    url = f"smtp://127.0.0.1:{port}?from=desk@example.org"
    return sender(replace(settings, smtp_url=url))(replace(LETTER, **fields))


def by_hook(settings, port, path="/x", allowed=frozenset({"127.0.0.1"})):
    address = f"http://127.0.0.1:{port}{path}"
    return sender(settings)(replace(LETTER, kind="webhook", address=address, allowed_hosts=allowed))


def test_a_mail_arrives_with_its_sender_and_its_number(settings, mails):
    port, received = mails
    by_mail(settings, port)
    (mail,) = received
    assert "From: desk@example.org" in mail
    assert "To: olga@example.org" in mail
    assert "Message-ID: <7.main@wattboard>" in mail
    assert "=?utf-8?" in mail


def test_a_refused_recipient_is_not_tried_again(settings, mails):
    with pytest.raises(NotDelivered, match="550") as raised:
        by_mail(settings, mails[0], address="nobody@example.org")
    assert raised.value.final


def test_without_a_mail_server_the_log_says_so(settings):
    with pytest.raises(NotDelivered, match="WATTBOARD_SMTP_URL"):
        sender(settings)(LETTER)


def test_a_mail_server_that_is_away_is_tried_again(settings):
    with pytest.raises(NotDelivered) as raised:
        by_mail(settings, 1)
    assert not raised.value.final


def test_a_webhook_is_signed_and_numbered(settings, hook):
    port, posts = hook
    by_hook(settings, port)
    ((path, headers, body),) = posts
    assert path == "/x"
    assert json.loads(body) == {"a": 1}
    assert headers["X-Wattboard-Signature"] == signature("key", body)
    assert headers["X-Wattboard-Delivery"] == "7"


def test_a_webhook_to_the_inside_never_connects(settings, hook):
    port, posts = hook
    with pytest.raises(NotDelivered, match="inside the network") as raised:
        by_hook(settings, port, allowed=frozenset())
    assert raised.value.final
    assert posts == []


@pytest.mark.parametrize(("path", "final"), [("/moved", True), ("/busy", False)])
def test_a_redirect_is_not_followed_and_a_busy_server_is_tried_again(settings, hook, path, final):
    port, posts = hook
    with pytest.raises(NotDelivered) as raised:
        by_hook(settings, port, path)
    assert raised.value.final is final
    assert [post[0] for post in posts] == [path]


# ---- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(ROLES))
def test_everybody_keeps_their_own_channels_and_nobody_elses(house, people, role):
    mine = Actor("me", role, 500)
    own = channel(house, mine)
    theirs = channel(house, people["olga"])
    names = {c.channel_id for c in house.alarms.channels.all(mine)}
    if role == "admin":
        assert names == {own, theirs}
        house.alarms.channels.update(mine, theirs, {"name": "x"})
        house.alarms.channels.allow_hosts(mine, ["hooks.local"])
        return
    assert names == {own}
    for act in (
        lambda: house.alarms.channels.update(mine, theirs, {"name": "x"}),
        lambda: house.alarms.channels.delete(mine, theirs),
        lambda: house.alarms.channels.test(mine, theirs),
    ):
        with pytest.raises(Unknown):
            act()
    with pytest.raises(NotAllowed):
        house.alarms.channels.allow_hosts(mine, ["10.0.0.1"])


def test_a_program_has_no_notifications(house):
    token = Actor("program", "token", kind="token", permissions=frozenset({"events.view"}))
    with pytest.raises(NotAllowed):
        channel(house, token)


def test_the_test_button_sends_at_the_next_turn_and_the_log_shows_it(house, people):
    own = channel(house, people["olga"])
    house.alarms.channels.test(people["olga"], own)
    post = Post()
    assert house.alarms.deliveries.deliver(post) == 1
    assert "test of notifications" in post.sent[0].subject
    assert house.alarms.channels.log(people["vera"]) == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"address": "nowhere"}, "address"),
        ({"min_severity": "loud"}, "min_severity"),
        ({"hours_from": "25:00", "hours_to": "09:00"}, "hours_from"),
        ({"quiet_from": "22:00"}, "quiet_to"),
        ({"delay_s": "soon"}, "delay_s"),
        ({"digest_s": 86_401}, "digest_s"),
        ({"room_ids": ["99"]}, "room_ids"),
        ({"secret": "too-short"}, "secret"),
        ({"secret": "x" * 129}, "secret"),
        ({"secret": "with spaces and more"}, "secret"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_by_field(house, people, fields, named):
    with pytest.raises(InvalidInput) as refused:
        channel(house, people["olga"], **fields)
    assert named in [f.field for f in refused.value.fields]


def test_a_secret_is_in_no_audit_row(house, people, database):
    own = channel(house, people["olga"], kind="webhook", address="https://example.org/h")
    (made,) = house.alarms.channels.all(people["olga"])
    with database.read() as c:
        rows = c.exec_driver_sql("SELECT * FROM audit_log").all()
    key = house.alarms.channels.key(people["olga"], made)
    assert any(f"channel/{own}" in str(row) for row in rows)
    assert key is not None
    assert not any(key in str(row) or made.secret in str(row) for row in rows)
