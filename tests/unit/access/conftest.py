"""Access over a migrated database, with a clock of its own and cheap hashes."""

from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher

from domain.access import passwords
from domain.access.policy import Actor
from domain.access.service import Access
from domain.foundation.bus import Bus
from domain.foundation.clock import to_ms
from domain.storage.engine import Database
from tests.conftest import TUESDAY_10H

GOOD = "four unrelated words"
GIVEN = "given by somebody else"


@dataclass
class RealTime:
    """Real time as the tests set it [epoch ms]."""

    at_ms: int = to_ms(TUESDAY_10H)

    def __call__(self) -> int:
        return self.at_ms

    def advance(self, seconds: float) -> None:
        self.at_ms += round(seconds * 1000)


@dataclass(frozen=True)
class Installation:
    """The settings that access reads."""

    secret_key: str = "k" * 48
    site: str = "main"
    demo: bool = False
    on_loopback: bool = True
    admin_password: str | None = GOOD


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of argon2 is one test's business; the others only need it to be argon2."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def now() -> RealTime:
    return RealTime()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def ended(bus: Bus) -> list[object]:
    """What was told on the bus to have ended."""
    heard: list[object] = []
    bus.subscribe("session_ended", heard.append)
    return heard


@pytest.fixture
def access(database: Database, bus: Bus, now: RealTime) -> Access:
    found = Access(database, bus, Installation(), now)
    found.prepare_users()
    return found


@pytest.fixture
def admin(access: Access) -> Actor:
    """The first admin, signed in."""
    return sign_in(access, "admin")


def sign_in(access: Access, name: str, password: str = GOOD) -> Actor:
    found = access.signed_in(access.sign_in(name, password, "192.0.2.1", "test"))
    assert found is not None
    return access.actor_of_session(found)


def a_user(access: Access, admin: Actor, name: str, role: str) -> Actor:
    """Create a user who has chosen a password, and sign them in."""
    access.users.create(admin, name, role, GIVEN)
    access.users.change_password(sign_in(access, name, GIVEN), GIVEN, GOOD)
    return sign_in(access, name)
