"""What the search offers and finds, as lines of its list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from components.search import Hit
from components.shell import NavItem
from domain.building.finder import PAGE, ROOM, Findable, Found
from pages._sensors_view import STATE_WORDS

ACCOUNT = NavItem("Account", "/account", "person")
_SENSOR_TONES = {"fresh": "ok", "dead": "stale", "missing": "stale", "discovered": "accent"}


def offered(nav: Sequence[NavItem]) -> list[Hit]:
    """The pages this person may open, before anything is typed."""
    return [Hit(item.label, item.href, item.icon) for item in (*nav, ACCOUNT)]


def pages(nav: Sequence[NavItem]) -> list[Findable]:
    """The same, as something to find; a page's group finds it too."""
    return [Findable(PAGE, item.href, item.label, around=item.group) for item in (*nav, ACCOUNT)]


def found(things: Iterable[Found], nav: Sequence[NavItem]) -> list[Hit]:
    """Lines of the list, in the order they were found in."""
    icons = {item.href: item.icon for item in (*nav, ACCOUNT)}
    return [_hit(thing, icons) for thing in things]


def _hit(thing: Found, icons: dict[str, str]) -> Hit:
    if thing.kind == PAGE:
        return Hit(thing.name, thing.key, icons[thing.key], place="Page")
    if thing.kind == ROOM:
        return Hit(
            thing.name,
            f"/rooms/{thing.key}",
            "room",
            place=thing.place,
            word=thing.word,
            tone=thing.state,
        )
    return Hit(
        thing.name,
        f"/sensors/{quote(thing.key, safe='')}",
        "sensor",
        also=thing.also,
        place=thing.place,
        word=STATE_WORDS.get(thing.state, ""),
        tone=_SENSOR_TONES.get(thing.state, thing.state),
    )
