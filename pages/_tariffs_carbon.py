"""What a kWh from the grid emits: the card, and the form of a factor. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dash import html

from components import formats
from components.buttons import button, dialog_content
from components.cards import card
from components.events import setting_line
from components.forms import form, number_field, select_field, text_field
from components.marks import chip
from domain.money.carbon import ASSUMED_G_PER_KWH
from domain.money.carbon_store import CarbonFactor
from pages._tariffs_words import day_words

SET = "carbon-set"
NO_FEED = "0"
FIELDS = ("valid_from", "g_per_kwh", "feed_id")


def field_id(name: str) -> str:
    """The id of a field of the factor's form."""
    return f"carbon-{name}"


def carbon_card(
    factors: Sequence[CarbonFactor], feeds: Mapping[int, str], today: date, may_write: bool
) -> Any:
    """What holds when; before the first factor it is assumed, and says so."""
    ends = [factor.valid_from for factor in factors[1:]]
    spans = zip(factors, [*ends, None], strict=True) if factors else ()
    lines = [_line(f, until, feeds, today, may_write) for f, until in spans]
    first = factors[0].valid_from if factors else None
    lines.insert(0, _assumed(first, today))
    add = button(
        "Factor", icon_name="plus", small=True,
        attributes={"data-act": "carbon-new", "data-value": "0"},
    )  # fmt: skip
    return card(
        "CO₂ of the grid",
        html.Ul(lines, className="wb-events-list"),
        fact="per kWh bought",
        actions=[add] if may_write else None,
    )


def _assumed(until: date | None, today: date) -> Any:
    over = until is not None and until <= today
    words = "At any time" if until is None else f"Before {day_words(until)}"
    return setting_line(
        [html.Strong(_amount(ASSUMED_G_PER_KWH)), chip("Assumed", "outline" if over else "late")],
        [words, "nobody has set a factor for it"],
        [],
        off=over,
    )


def _line(
    factor: CarbonFactor,
    until: date | None,
    feeds: Mapping[int, str],
    today: date,
    may_write: bool,
) -> Any:
    last = f" to {day_words(until - timedelta(days=1))}" if until else " on"
    over = until is not None and until <= today
    key = factor.valid_from.isoformat()

    def act(name: str, label: str) -> Any:
        return button(label, small=True, attributes={"data-act": name, "data-value": key})

    acts = [act("carbon-edit", "Change"), act("carbon-back", "Take back")] if may_write else []
    return setting_line(
        [html.Strong(_factor_words(factor, feeds))],
        [f"From {day_words(factor.valid_from)}{last}", f"set by {factor.made_by}"],
        acts,
        off=over,
    )


def _factor_words(factor: CarbonFactor, feeds: Mapping[int, str]) -> str:
    if factor.feed_id is None:
        return _amount(factor.g_per_kwh)
    name = feeds.get(factor.feed_id, "a feed that is gone")
    instead = ASSUMED_G_PER_KWH if factor.g_per_kwh is None else factor.g_per_kwh
    return f"{name}, {_amount(instead)} where it has none"


def _amount(g_per_kwh: float | None) -> str:
    return formats.text("carbon", g_per_kwh)


def factor_form(
    factor: CarbonFactor | None, today: date, feeds: Mapping[int, str], effect: str
) -> list[Any]:
    """From when, how much, and which feed."""
    offered = [(NO_FEED, "No feed: always this factor"), *((str(k), n) for k, n in feeds.items())]
    first = factor.valid_from if factor else today.replace(day=1)
    return [
        *dialog_content("Carbon factor" if factor is None else "Change the carbon factor"),
        form(
            text_field(
                field_id("valid_from"), "From", kind="date", value=first.isoformat(),
                disabled=factor is not None,
            ),
            number_field(
                field_id("g_per_kwh"), "Factor", unit="g/kWh",
                value=factor.g_per_kwh if factor else None,
            ),
            select_field(
                field_id("feed_id"), "By feed", offered,
                value=str(factor.feed_id) if factor and factor.feed_id else NO_FEED,
                hint="With a feed the factor stands in where the feed has none",
            ),
            message_id=f"{SET}-message",
        ),
        html.P(effect, className="wb-hint", role="status"),
    ]  # fmt: skip
