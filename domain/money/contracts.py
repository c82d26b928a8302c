"""Which version of which contract holds when, and which days a change concerns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from domain.money.pricing import InForce, in_force
from domain.money.tariff import TariffVersion, Terms

Contracts = Sequence[tuple[date, int]]
"""The local day each tariff took over, ascending."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a change would do: the local days [first, until) that would cost something else.

    None is without end; `settled_days` of them have been counted and would be counted anew.
    """

    first: date
    until: date | None
    settled_days: int


def plan(contracts: Contracts, versions: Sequence[TariffVersion]) -> tuple[InForce, ...]:
    """What holds when, of contracts that follow each other; `versions` are of all of them."""
    return in_force([(day, _of(tariff_id, versions)) for day, tariff_id in contracts])


def as_if(tariff_id: int, versions: Sequence[TariffVersion]) -> tuple[InForce, ...]:
    """One tariff as if it had always been in use: its first version holds before it, too."""
    held = in_force([(date.min, _of(tariff_id, versions))])
    return (replace(held[0], first=date.min), *held[1:]) if held else ()


def with_version(
    versions: Sequence[TariffVersion], new: TariffVersion, instead_of: int | None
) -> list[TariffVersion]:
    """The versions after a new one was made, in place of another or beside them."""
    return [*(v for v in versions if v.version_id != instead_of), new]


def with_use(contracts: Contracts, first: date, tariff_id: int) -> list[tuple[date, int]]:
    """The contracts after a tariff was put in use from a day on."""
    return sorted([*((day, other) for day, other in contracts if day != first), (first, tariff_id)])


def changed_days(
    before: Sequence[InForce], after: Sequence[InForce]
) -> tuple[date, date | None] | None:
    """From the first local day with other terms to after the last; None where all is the same."""
    edges = {edge for held in (*before, *after) for edge in (held.first, held.until)}
    known = sorted(edge for edge in edges if edge is not None)
    other = [
        (first, until)
        for first, until in pairwise([*known, None])
        if first is not None and _terms_at(before, first) != _terms_at(after, first)
    ]
    return (other[0][0], other[-1][1]) if other else None


def _of(tariff_id: int, versions: Sequence[TariffVersion]) -> list[TariffVersion]:
    return sorted((v for v in versions if v.tariff_id == tariff_id), key=lambda v: v.valid_from)


def _terms_at(held: Sequence[InForce], day: date) -> Terms | None:
    for here in held:
        if here.first <= day and (here.until is None or day < here.until):
            return here.version.terms
    return None
