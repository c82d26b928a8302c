"""Who acts in the present request, and by what contract; set by the gate, read everywhere else."""

from contextvars import ContextVar

from domain.access.policy import Actor
from domain.foundation.contract import EVERYTHING, put_in_force
from domain.foundation.errors import NotSignedIn

_actor: ContextVar[Actor | None] = ContextVar("wattboard_actor", default=None)
_address: ContextVar[str | None] = ContextVar("wattboard_address", default=None)


def set_current(actor: Actor | None, address: str | None = None) -> None:
    """Say who acts from here on in this thread; None at the end of each request."""
    _actor.set(actor)
    _address.set(address)
    put_in_force(EVERYTHING if actor is None else actor.contract)


def actor_or_none() -> Actor | None:
    """Return who acts, or None where nobody has signed in."""
    return _actor.get()


def current_actor() -> Actor:
    """Return who acts; raises NotSignedIn where nobody has signed in."""
    actor = _actor.get()
    if actor is None:
        raise NotSignedIn
    return actor


def current_address() -> str | None:
    """Return the network address of the present request, for the audit."""
    return _address.get()
