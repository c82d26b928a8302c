"""The report of one drill: the verdict, and the commands, events and readings it rests on."""

from __future__ import annotations

from typing import Any

import dash

from domain.access.current import current_actor
from domain.house import house
from pages import _drills_page as parts

dash.register_page(
    __name__,
    path_template="/drills/<drill_id>",
    title="Drill · Wattboard",
    name="Drill",
    permission="iot.view",
)


def layout(drill_id: str | None = None, **_: object) -> Any:
    """The report of the address."""
    return parts.report_page(house(), current_actor(), str(drill_id))
