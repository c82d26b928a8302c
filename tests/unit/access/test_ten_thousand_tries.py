"""Ten thousand wrong passwords, as fast as fifty threads can try them (V6.3.1).

Only the one with ever new names is shorter in the daily run; its size with WATTBOARD_LONG=1.
"""

import os
import threading
from collections import Counter
from collections.abc import Sequence

import pytest

from domain.access import passwords
from domain.access.policy import Actor
from domain.access.service import Access
from domain.access.throttle import LIMIT
from domain.foundation.errors import NotSignedIn, TooMany
from tests.unit.access.conftest import GOOD, RealTime, a_user, sign_in

TRIES = 10_000
THREADS = 50
LONG = os.environ.get("WATTBOARD_LONG") == "1"
ADDRESSES = 100 if LONG else 10
TRIES_EACH = 100
Try = tuple[str, str]
"""A name and the address it is tried from."""


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a password was hashed, by whether the name is a user's."""
    counted: Counter[str] = Counter()
    real = passwords.verify

    def verify(password_hash: str | None, password: str) -> bool:
        counted["known" if password_hash else "unknown"] += 1
        return real(password_hash, password)

    monkeypatch.setattr(passwords, "verify", verify)
    return counted


def refusals(access: Access, tries: Sequence[Try]) -> Counter[tuple[str, str]]:
    """Make all tries with a wrong password; how often each name got which refusal."""
    answers: list[tuple[str, str]] = []
    failures: list[BaseException] = []

    def attack(own: Sequence[Try]) -> None:
        for name, address in own:
            try:
                access.authenticate(name, "not the password", address)
            except (NotSignedIn, TooMany) as refusal:
                answers.append((name, refusal.code))
            except Exception as error:  # noqa: BLE001 - shown by the assertion below
                failures.append(error)

    threads = [threading.Thread(target=attack, args=(tries[at::THREADS],)) for at in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return Counter(answers)


def from_addresses(count: int) -> list[Try]:
    """Half of the tries for a user and half for nobody, each from as many addresses."""
    return [
        (name, f"10.{network}.0.{turn % count}")
        for turn in range(TRIES // 2)
        for network, name in ((1, "admin"), (2, "nobody"))
    ]


@pytest.mark.parametrize("addresses", [1, 100])
def test_after_five_tries_nothing_is_hashed_and_nobody_else_is_hindered(
    access: Access, admin: Actor, hashed: Counter[str], addresses: int
) -> None:
    ana = a_user(access, admin, "ana", "operator")
    hashed.clear()
    assert refusals(access, from_addresses(addresses)) == {
        (name, code): times
        for name in ("admin", "nobody")
        for code, times in (("bad_credentials", LIMIT), ("too_many", TRIES // 2 - LIMIT))
    }
    assert hashed == {"known": LIMIT, "unknown": LIMIT}

    assert access.still_valid(admin)
    assert access.still_valid(ana)
    assert sign_in(access, "ana").name == "ana"
    with pytest.raises(TooMany):
        access.authenticate("admin", GOOD, "192.0.2.200")


def test_every_address_with_ever_new_names_gets_five_hashes(
    access: Access, admin: Actor, hashed: Counter[str], now: RealTime
) -> None:
    tries = [(f"user{n}", f"10.1.0.{n % ADDRESSES}") for n in range(ADDRESSES * TRIES_EACH)]
    hashed.clear()
    codes = Counter[str]()
    for (_name, code), times in refusals(access, tries).items():
        codes[code] += times
    hashes = ADDRESSES * LIMIT
    assert hashed == {"unknown": hashes}
    assert codes == {"bad_credentials": hashes, "too_many": len(tries) - hashes}
    assert access.still_valid(admin)
    assert sign_in(access, "admin").name == "admin"
    now.advance(301)
    assert refusals(access, tries[:1]) == {("user0", "bad_credentials"): 1}
