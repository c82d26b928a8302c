"""Who may hold a device, from the strongest to the weakest: the one table of precedence."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Owner:
    """One rank; `automatic` ones rest while all automatic control is stopped."""

    rank: int
    label: str
    automatic: bool = False


OWNERS: Mapping[str, Owner] = MappingProxyType(
    {
        "safety": Owner(0, "Safety"),
        "lock_out": Owner(1, "Lock-out"),
        "grid": Owner(2, "Grid limit"),
        "reserve": Owner(3, "Emergency reserve"),
        "manual": Owner(4, "Manual"),
        "demand_response": Owner(5, "Demand response", automatic=True),
        "trade": Owner(6, "Trade", automatic=True),
        "automation": Owner(7, "Automation", automatic=True),
        "schedule": Owner(7, "Schedule", automatic=True),
        "climate": Owner(7, "Room climate", automatic=True),
        "plan": Owner(8, "Plan", automatic=True),
        "default": Owner(9, "Its own rule"),
    }
)
LIMITING = frozenset({"grid", "reserve"})
"""Owners that ask for no set-point but narrow what all below them may."""
EVERY_ASPECT = frozenset({"lock_out"})
"""Owners that hold a device as a whole, whatever aspect others ask for."""

BY_HOURS = frozenset({"demand_response"})
"""Owners that may touch a device only in hours in which it takes part."""


def rank(owner: str) -> int:
    """The place in the table, 0 the strongest."""
    return OWNERS[owner].rank
