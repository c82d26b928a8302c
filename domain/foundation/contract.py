"""The data-sharing contract in force: how much of what was measured may leave, to whoever asks.

The gate puts a token's contract in force beside its actor; where nobody is set (jobs, ingest, the
live hub) nothing is withheld. `domain.telemetry` obeys it in every read, so that no route, format
or topic can forget it. Answers that are made later, piece by piece, remember theirs (`remembered`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from domain.foundation.errors import NotAllowed

P = ParamSpec("P")
T = TypeVar("T")

MINUTE_MS = 60_000
_BUCKET_MS = {
    "all": 0,
    "5minutes": 5 * MINUTE_MS,
    "15minutes": 15 * MINUTE_MS,
    "60minutes": 60 * MINUTE_MS,
}


class OutsideContract(NotAllowed):
    """A token asked for what its contract does not share; `clause` is the claim that forbids it."""

    def __init__(self, clause: str, message: str) -> None:
        super().__init__("contract", message, code="outside_contract")
        self.details = {"permission": "contract", "clause": clause}


@dataclass(frozen=True, slots=True)
class Contract:
    """How much of what it may read a token may see: aggregation, and an embargo [minutes]."""

    data_aggregation: str = "all"
    time_aggregation: str = "all"
    embargo_minutes: int = 0

    @property
    def restricts(self) -> bool:
        """Whether anything is withheld; such a token gets no live stream."""
        return self.withholds_time or self.sums_only

    @property
    def sums_only(self) -> bool:
        """Whether no single sensor's values are shared."""
        return self.data_aggregation == "sum"

    @property
    def withholds_time(self) -> bool:
        """Whether something is withheld because it is too new or too fine in time."""
        return self.embargo_minutes > 0 or self.bucket_ms > 0

    @property
    def bucket_ms(self) -> int:
        """Length of the shortest span that one value may stand for [ms]; 0 shares readings."""
        return _BUCKET_MS[self.time_aggregation]

    def horizon_ms(self, now_ms: int) -> int:
        """Where all that is shared ends: now − embargo, at the end of a whole span."""
        released_ms = now_ms - self.embargo_minutes * MINUTE_MS
        return released_ms // self.bucket_ms * self.bucket_ms if self.bucket_ms else released_ms

    def withheld_until_ms(self, now_ms: int) -> int | None:
        """When what is measured now will be shared; None where it is shared now, or never.

        It follows from the contract and the clock alone: the time of the reading that is withheld
        would itself be told otherwise.
        """
        if not self.withholds_time:
            return None
        bucket_ms = self.bucket_ms
        whole_ms = (now_ms // bucket_ms + 1) * bucket_ms if bucket_ms else now_ms
        return whole_ms + self.embargo_minutes * MINUTE_MS


EVERYTHING = Contract()
"""Withholds nothing."""

_in_force: ContextVar[Contract] = ContextVar("wattboard_contract", default=EVERYTHING)
_adding: ContextVar[bool] = ContextVar("wattboard_adding", default=False)


def in_force() -> Contract:
    """The contract under which the present question is answered."""
    return _in_force.get()


def put_in_force(contract: Contract) -> None:
    """Answer by this contract from here on in this thread; called with the actor, by the gate."""
    _in_force.set(contract)


@contextmanager
def under(contract: Contract) -> Iterator[None]:
    """Answer what is asked inside by another contract."""
    token = _in_force.set(contract)
    try:
        yield
    finally:
        _in_force.reset(token)


@contextmanager
def adding_up(sensors: int | None = None) -> Iterator[None]:
    """Promise that what is read inside leaves only added up over so many sensors.

    None stands for the building as a whole, whose balance is a sum however few its meters are.

    Raises:
        OutsideContract: the contract shares sums only, and one sensor is no sum.
    """
    if in_force().sums_only and sensors is not None and sensors < 2:
        raise single_refused()
    token = _adding.set(True)
    try:
        yield
    finally:
        _adding.reset(token)


def shares_single() -> bool:
    """Whether values of one sensor may be read here."""
    return not in_force().sums_only or _adding.get()


def require_single() -> None:
    """Raise OutsideContract where only sums over sensors are shared."""
    if not shares_single():
        raise single_refused()


def single_refused() -> OutsideContract:
    """The refusal of one sensor's values."""
    message = "This token's contract shares sums over sensors only, no single sensor."
    return OutsideContract("data_aggregation", message)


class _Remembered(Iterator[T]):
    """Makes each piece under the contract that was in force when it was asked for."""

    def __init__(self, pieces: Iterator[T]) -> None:
        self._contract, self._adds = in_force(), _adding.get()
        self._pieces = pieces

    def __next__(self) -> T:
        adding = _adding.set(self._adds)
        try:
            with under(self._contract):
                return next(self._pieces)
        finally:
            _adding.reset(adding)

    def close(self) -> None:
        """End what makes the pieces, with all that it holds open."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def remembered(make: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """Let a generator function's pieces be made under the contract of whoever called it."""

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return remember(make(*args, **kwargs))

    return made


def remember(pieces: Iterator[T]) -> Iterator[T]:
    """The same pieces, each made under the contract that is in force now."""
    return _Remembered(pieces)
