"""How a period is put together from what is kept, so that its energy is exact at both ends."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.foundation.intervals import Period, day_starts_ms
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS

_DAY_SLACK_MS = 26 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of a period in the metric's energy unit (kWh, m³), None where nothing is known.

    ``coverage`` is the measured share of the time that has passed, 0 to 1; ``estimated`` says that
    a part was interpolated across a gap or entered by a person.
    """

    kwh: float | None
    coverage: float
    estimated: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a period and the level that knows it: raw, 15min, 1h or 1d."""

    level: str
    from_ms: int
    to_ms: int


def pieces(start_ms: int, end_ms: int, zone: ZoneInfo, *, quarters: bool = True) -> list[Piece]:
    """Whole local days where they fit, quarter hours around them, readings at the ragged ends.

    ``quarters`` false says that quarter hours are no longer kept: hours then stand in for them.
    """
    step, level = (QUARTER_MS, "15min") if quarters else (HOUR_MS, "1h")
    first, last = -(-start_ms // step) * step, end_ms // step * step
    if first >= last:
        return [Piece("raw", start_ms, end_ms)]
    found = [Piece("raw", start_ms, first)]
    midnights = [at for at in day_starts_ms(Period.of_ms(first, last + 1), zone) if at % step == 0]
    if len(midnights) > 1:
        found.append(Piece(level, first, midnights[0]))
        found.append(Piece("1d", midnights[0], midnights[-1]))
        first = midnights[-1]
    found += [Piece(level, first, last), Piece("raw", last, end_ms)]
    return [piece for piece in found if piece.from_ms < piece.to_ms]


def days_around(start_ms: int, end_ms: int, zone: ZoneInfo) -> list[int]:
    """Local midnights from the last not after ``start_ms`` to the first not before ``end_ms``."""
    around = Period.of_ms(start_ms - _DAY_SLACK_MS, end_ms + _DAY_SLACK_MS)
    starts = day_starts_ms(around, zone)
    return starts[bisect_right(starts, start_ms) - 1 : bisect_left(starts, end_ms) + 1]
