"""The mark every Flask view carries: which permission it asks for."""

from collections.abc import Callable
from typing import Any, TypeVar

from domain.access.policy import is_permission

F = TypeVar("F", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[F], F]:
    """Say which permission a Flask view asks for; one without is refused, and stops the start."""
    if not is_permission(permission):
        raise ValueError(f"“{permission}” is in no role; see domain/access/policy.py")

    def mark(view: F) -> F:
        function: Any = getattr(view, "__func__", view)  # a bound method takes no marks itself
        function.__wattboard_permission__ = permission
        return view

    return mark
