"""Pages of a list: `limit`, and a `cursor` that stays right while the list changes."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field

from api import limits
from api.schema import Query
from domain.foundation.errors import FieldError, InvalidInput

T = TypeVar("T")


Cursor = Annotated[
    str,
    Field(min_length=1, max_length=limits.CURSOR_CHARACTERS, pattern="^[A-Za-z0-9_-]+$"),
]


class ListQuery(Query):
    """One page of a list."""

    limit: Annotated[int, Field(ge=1, le=limits.PAGE)] = limits.USUAL_PAGE
    """How many at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


def page_of(
    rows: Sequence[T],
    name_of: Callable[[T], str],
    asked: ListQuery,
    order: Callable[[str], Any] = lambda name: name,
) -> tuple[Sequence[T], str | None]:
    """The asked part of `rows`, which are sorted by `order` of their names, and the next cursor.

    The cursor names the last row shown, so a row that comes or goes meanwhile moves no other one.
    """
    start = 0
    if asked.cursor is not None:
        after = order(read_cursor(asked.cursor))
        start = bisect_right(rows, after, key=lambda row: order(name_of(row)))
    shown = rows[start : start + asked.limit]
    more = start + asked.limit < len(rows)
    return shown, make_cursor(name_of(shown[-1])) if more else None


def make_cursor(name: str) -> str:
    """Write a place in a list so that nobody is tempted to make one up."""
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """Read a place back. Raises InvalidInput."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise unknown_cursor() from None


def unknown_cursor() -> InvalidInput:
    """Say that a cursor is none of ours."""
    return InvalidInput("“cursor” is not one of ours.", [FieldError("cursor", "unknown")])
