"""Gets what stands at a feed's address: from where it may, in 5 s of connecting, at most 1 MB."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from domain.access.policy import SYSTEM
from domain.money.feeds import Fetch, NotFetched
from scheduler.reaching import NotReached, connection_to

if TYPE_CHECKING:
    from domain.house import House

TIMEOUT_S = 5.0
MOST_BYTES = 1_000_000
USER_AGENT = "Wattboard"


def fetcher(house: "House") -> Fetch:
    """What fetches for one house; hosts inside the network are those allowed to webhooks."""

    def fetch(url: str) -> bytes:
        allowed = frozenset(house.alarms.channels.allowed_hosts(SYSTEM))
        try:
            connection = connection_to(url, allowed, TIMEOUT_S)
            with contextlib.closing(connection), _cut_off(connection):
                return _get(connection, url)
        except NotReached as error:
            raise NotFetched(str(error)) from error
        except TimeoutError as error:
            raise NotFetched(f"No answer within {TIMEOUT_S:g} s") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotFetched(_words(error, urlsplit(url).hostname or "")) from error

    return fetch


def _words(error: Exception, host: str) -> str:
    """Why, for people; what is rare is told in its own words."""
    if isinstance(error, socket.gaierror):
        return f"There is no host {host}, or its address cannot be found now"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{host} shows no certificate that can be trusted"
    if isinstance(error, ConnectionError):
        return f"{host} does not take the connection"
    return f"{host}: {type(error).__name__}: {error}"


@contextmanager
def _cut_off(connection: http.client.HTTPConnection) -> Iterator[None]:
    """End the connection when its time is over, however slowly an answer drips; TimeoutError."""
    connection.connect()
    over, plain = threading.Event(), connection.sock

    def cut() -> None:
        over.set()
        with contextlib.suppress(OSError):
            plain.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(TIMEOUT_S, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TimeoutError


def _get(connection: http.client.HTTPConnection, url: str) -> bytes:
    parts = urlsplit(url)
    path = parts.path or "/"
    headers = {"Accept": "application/json, text/csv", "User-Agent": USER_AGENT}
    connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=headers)
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        moved = " (it leads elsewhere, which is not followed)" if 300 <= answer.status < 400 else ""
        raise NotFetched(f"{parts.hostname} answered {answer.status}{moved}")
    body = answer.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise NotFetched(f"The answer is larger than {MOST_BYTES:,} bytes")
    return body
