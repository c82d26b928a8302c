"""One posting of the ledger: entries, evidence down to the quarter hours, corrections."""

from __future__ import annotations

from typing import Any

import dash

from domain.access.current import current_actor
from domain.house import house
from pages import _posting_page as parts

dash.register_page(
    __name__,
    path_template="/money/ledger/<number>",
    title="Posting · Wattboard",
    name="Posting",
    permission="analytics.view",
)


def layout(number: str | None = None, **_: object) -> Any:
    """The posting of the address."""
    return parts.posting_page(house(), current_actor(), str(number))
