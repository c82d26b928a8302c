"""Feeds are fetched from a real HTTP server, and from nowhere they may not."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from domain.access.policy import SYSTEM
from domain.alarms.model import EventQuery
from domain.foundation.clock import FixedClock, from_ms, monotonic, to_ms
from domain.house import House
from domain.money.feed import FeedValue
from domain.money.feeds import Fetch, NotFetched
from scheduler import fetching
from scheduler.fetching import MOST_BYTES, fetcher
from scheduler.jobs import JOBS
from scheduler.runner import run_once

BODY = b'{"values": [{"start": "2026-06-16T00:00Z", "end": "2026-06-17T00:00Z", "g_per_kwh": 120}]}'

(FEEDS,) = (job for job in JOBS if job.name == "feeds")


class _Site(http.server.BaseHTTPRequestHandler):
    """Answers by path: /day, /moved, /away, /huge, /drip, /mute."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        status = {"/moved": 302, "/away": 503}.get(self.path, 200)
        if self.path == "/mute":
            self.server.go_on.wait(20)  # type: ignore[attr-defined]
            return
        self.send_response(status)
        self.send_header("Location", "/day")
        self.end_headers()
        if self.path == "/huge":
            self.wfile.write(b"x" * (MOST_BYTES + 1))
        elif self.path == "/drip":
            while not self.server.go_on.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b" ")
        else:
            self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.asked = []  # type: ignore[attr-defined]
    server.go_on = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.go_on.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetch(house: House) -> Fetch:
    return fetcher(house)


def address(site: http.server.ThreadingHTTPServer, path: str, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{site.server_address[1]}{path}"


def allow(house: House) -> None:
    house.alarms.channels.allow_hosts(SYSTEM, ["127.0.0.1"])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_nothing_inside_the_network_is_asked(
    fetch: Fetch, site: http.server.ThreadingHTTPServer, host: str
) -> None:
    with pytest.raises(NotFetched):
        fetch(address(site, "/day", host))
    assert site.asked == []  # type: ignore[attr-defined]


def test_an_allowed_host_gives_its_answer(
    house: House, fetch: Fetch, site: http.server.ThreadingHTTPServer
) -> None:
    allow(house)
    assert fetch(address(site, "/day?key=1")) == BODY
    assert site.asked == ["/day?key=1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "words"),
    [("/moved", "not followed"), ("/away", "answered 503"), ("/huge", "larger than")],
)
def test_what_is_no_answer_is_told_in_words(
    house: House, fetch: Fetch, site: http.server.ThreadingHTTPServer, path: str, words: str
) -> None:
    allow(house)
    with pytest.raises(NotFetched, match=words):
        fetch(address(site, path))
    assert site.asked == [path]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/drip", "/mute"])
def test_a_slow_answer_is_cut_off(
    house: House,
    fetch: Fetch,
    site: http.server.ThreadingHTTPServer,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow(house)
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.4)
    began = monotonic()
    with pytest.raises(NotFetched, match="No answer within"):
        fetch(address(site, path))
    assert monotonic() - began < 10  # the site itself would drip for ever


def test_a_host_that_is_not_there_is_told_in_words(house: House, fetch: Fetch) -> None:
    with pytest.raises(NotFetched, match=r"no host no-such-host\.invalid"):
        fetch("http://no-such-host.invalid/")
    house.alarms.channels.allow_hosts(SYSTEM, ["127.0.0.1"])
    with pytest.raises(NotFetched, match="does not take the connection"):
        fetch("http://127.0.0.1:1/")


def test_the_job_keeps_what_it_fetched(
    house: House, fetch: Fetch, site: http.server.ThreadingHTTPServer
) -> None:
    allow(house)
    house.money.feeds.fetch_with(fetch)
    fields = {"name": "Grid", "quantity": "carbon", "origin": "url"}
    feed = house.money.feeds.create(SYSTEM, {**fields, "url": address(site, "/day")})
    assert run_once(house, FEEDS, 0, "test")
    (value,) = house.money.feeds.values(feed.feed_id, 0, 2**42)
    assert value.value == 120


def test_prices_that_are_overdue_ring_once_until_they_come(house: House, clock: FixedClock) -> None:
    feeds = house.money.feeds
    fields = {"quantity": "import_price", "origin": "mqtt"}
    made = [feeds.create(SYSTEM, {**fields, "name": name}) for name in ("omie", "spot")]
    begin_ms = to_ms(datetime(2026, 6, 16, tzinfo=UTC))
    for feed in made:
        feeds.put(feed.feed_id, [FeedValue(begin_ms, begin_ms + 24 * 3_600_000, 0.1)])

    def ringing() -> list[tuple[str, str, datetime]]:
        clock.advance(30)
        assert run_once(house, FEEDS, clock.now_ms(), "test")
        page = house.alarms.events(SYSTEM, EventQuery(service="money", state="active"))
        return [(e.cause, e.severity, from_ms(e.started_ms)) for e in page.events]

    clock.set(datetime(2026, 6, 16, 14, 58, tzinfo=UTC))  # 15:58 in Lisbon
    assert ringing() == []
    clock.set(datetime(2026, 6, 16, 15, 30, tzinfo=UTC))
    four = datetime(2026, 6, 16, 15, 0, tzinfo=UTC)
    both = ("Prices are overdue: omie, spot", "warning", four)
    assert ringing() == [both]
    clock.set(datetime(2026, 6, 17, 0, 30, tzinfo=UTC))  # those of now are missing too
    assert ringing() == [both]
    for feed in made:
        feeds.put(feed.feed_id, [FeedValue(begin_ms, begin_ms + 72 * 3_600_000, 0.1)])
        still = ringing()
        assert len(still) == (feed is made[0])
