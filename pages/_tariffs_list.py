"""Contracts and scenarios as cards, their versions, and the dialogs about them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button, dialog_content, link_button
from components.cards import card
from components.events import setting_line
from components.forms import form, text_field
from components.marks import chip
from components.native import Events
from components.states import empty
from domain.money.contracts import Change
from domain.money.tariff import Direction, Tariff, TariffVersion
from pages._tariffs_words import (
    Saying,
    day_words,
    effect_words,
    history_words,
    sentence,
    use_words,
)

LIST = "tariffs-list"
USE, RENAME, DELETE = "tariff-use", "tariff-rename", "tariff-delete"
PATH = "/money/tariffs"
TITLES: Mapping[str, str] = {"import": "Buying from the grid", "export": "Selling to the grid"}


@dataclass(frozen=True)
class Shown:
    """What the list knows besides the tariffs."""

    today: date
    zone: ZoneInfo
    say: Saying
    may_write: bool


def message_id(name: str) -> str:
    """Where a dialog says what was refused."""
    return f"{name}-message"


def direction_card(
    direction: Direction,
    tariffs: Sequence[Tariff],
    versions: Mapping[int, Sequence[TariffVersion]],
    shown: Shown,
) -> Any:
    """The contract in use first, then those to come, then scenarios and past ones."""
    mine = [t for t in tariffs if t.direction == direction]
    ordered = sorted(mine, key=lambda t: (not t.in_use(shown.today), not t.uses, t.name))
    add = link_button(
        "Tariff", f"{PATH}?new={direction}", icon_name="plus", kind="normal", small=True
    )
    listed: Any = html.Ul(
        [_line(tariff, versions.get(tariff.tariff_id, ()), shown) for tariff in ordered],
        className="wb-events-list",
    )
    if not mine:
        listed = _nothing(direction, shown.may_write)
    return card(TITLES[direction], listed, actions=[add] if shown.may_write and mine else None)


def _nothing(direction: Direction, may_write: bool) -> Any:
    what = (
        "Without one no cost is known. For example: 0.20 €/kWh by day, 0.12 €/kWh by night."
        if direction == "import"
        else "Without one, what is fed in earns nothing. For example: 0.06 €/kWh at any time."
    )
    add = link_button("Enter the tariff", f"{PATH}?new={direction}", kind="primary")
    return empty("No tariff yet", what, add if may_write else None, icon_name="money")


def _line(tariff: Tariff, versions: Sequence[TariffVersion], shown: Shown) -> Any:
    words, tone = use_words(tariff, shown.today)
    current = [v for v in versions if v.replaced_by is None]
    held = [v for v in current if v.valid_from <= shown.today]
    now = held[-1] if held else (current[0] if current else None)
    said = sentence(now.terms, tariff.direction, shown.say) if now else None
    line = setting_line(
        [html.Strong(tariff.name), chip(words, tone, dot=tone == "ok")],
        [said],
        _acts(tariff, shown.may_write),
    )
    return html.Div([line, _versions(tariff, versions, shown)], className="wb-tariff")


def _acts(tariff: Tariff, may_write: bool) -> list[Any]:
    def act(name: str, label: str) -> Any:
        hooks = {"data-act": name, "data-value": str(tariff.tariff_id)}
        return button(label, small=True, attributes=hooks)

    href = f"{PATH}?tariff={tariff.tariff_id}"
    if not may_write:
        return [link_button("Look", href, small=True)]
    acts = [link_button("Change prices", href, small=True), act("use", "Put in use")]
    acts.append(act("rename", "Rename"))
    return acts if tariff.uses else [*acts, act("delete", "Delete")]


def _versions(tariff: Tariff, versions: Sequence[TariffVersion], shown: Shown) -> Any:
    """Each version with its validity; what an edit replaced stands struck below it."""
    current = [v for v in versions if v.replaced_by is None]
    ends = {v.version_id: w.valid_from for v, w in pairwise(current)}
    rows = [_version(tariff, v, ends.get(v.version_id), shown) for v in versions]
    count = len(current)
    words = f"{count} version" if count == 1 else f"{count} versions"
    used = history_words(tariff)
    return html.Details(
        [
            html.Summary(words),
            html.Ul(rows, className="wb-tariff-versions"),
            html.P(used) if used else None,
        ],
        open=count > 1 or None,
    )


def _version(tariff: Tariff, version: TariffVersion, until: date | None, shown: Shown) -> Any:
    last = f" to {day_words(until - timedelta(days=1))}" if until else " on"
    made = formats.local(version.made_ms, shown.zone).date()
    replaced = version.replaced_by is not None
    href = f"{PATH}?tariff={tariff.tariff_id}&version={version.version_id}"
    edit = link_button("Correct", href, small=True, kind="quiet")
    return html.Li(
        [
            html.Span(f"From {day_words(version.valid_from)}{'' if replaced else last}"),
            html.Span(
                [f"{version.made_by}, {day_words(made)}", " · replaced" if replaced else ""],
                className="wb-hint",
            ),
            edit if shown.may_write and not replaced else None,
        ],
        className="wb-tariff-replaced" if replaced else None,
    )


def list_events(children: Sequence[Any]) -> Events:
    """The cards, whose buttons are one event."""
    return Events(id=LIST, className="wb-stack", children=list(children))


def use_form(tariff: Tariff, first: date, effect: Change | None) -> list[Any]:
    """From when it shall price the building."""
    return [
        *dialog_content(f"Put {tariff.name} in use", target=_prices_words(tariff)),
        form(
            text_field(f"{USE}-first", "From", value=first.isoformat(), kind="date",
                       hint="Until another tariff takes over"),
            message_id=message_id(USE),
        ),
        html.P(effect_words(effect), id=f"{USE}-effect", className="wb-hint", role="status"),
    ]  # fmt: skip


def _prices_words(tariff: Tariff) -> str:
    if tariff.direction == "import":
        return "It then prices what the building buys."
    return "It then prices what the building sells."


def rename_form(tariff: Tariff) -> list[Any]:
    """Another name."""
    return [
        *dialog_content(f"Rename {tariff.name}"),
        form(
            text_field(f"{RENAME}-name", "Name", value=tariff.name, max_length=80),
            message_id=message_id(RENAME),
        ),
    ]


def delete_form(tariff: Tariff) -> list[Any]:
    """What is lost."""
    effects: list[tuple[Any, Any]] = [
        ("Removed", "the scenario with its versions"),
        ("Costs", "stay as they are; it was never in use"),
    ]
    return [
        *dialog_content(f"Delete {tariff.name}?", effects=effects),
        html.Div("", id=message_id(DELETE), className="wb-form-error", role="alert"),
    ]
