"""Links to files of what a page shows; assets/downloads.js shows how far a click on one is."""

from __future__ import annotations

from typing import Any

from components.buttons import link_button


def csv_links(what: str, path: str, search: str, *, small: bool = True) -> list[Any]:
    """Files of exactly what is shown, plain and for Excel; `search` begins with a question mark."""
    kinds = (("CSV", "rfc4180", "download"), ("Excel", "excel", None))
    return [
        link_button(
            words,
            f"{path}{search}&dialect={dialect}",
            icon_name=icon_name,
            small=small,
            download=file_words(what, dialect),
        )
        for words, dialect, icon_name in kinds
    ]


def file_words(what: str, dialect: str) -> str:
    """What a link to a file is called aloud, and its progress on the page."""
    return f"{what} as CSV for Excel" if dialect == "excel" else f"{what} as CSV"
