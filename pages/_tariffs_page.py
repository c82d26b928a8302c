"""The Tariffs page put together from the house: the list, or the form beside its week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import button, confirm_dialog, form_dialog, link_button
from components.cards import card, page_head
from components.forms import switch_field, text_field
from components.marks import key_value
from components.money import tabs
from components.native import Events
from components.price_week import price_week, week_legend
from components.states import empty
from domain.access.policy import Actor
from domain.calendar.model import Day
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period, local_midnight
from domain.house import House
from domain.money.tariff import Direction, Tariff, TariffVersion, Terms
from pages import _tariffs_carbon as carbon
from pages import _tariffs_form as form
from pages import _tariffs_list as listed
from pages._feeds_acts import feeds_section
from pages._tariffs_draft import STARTER, Draft, direction_of
from pages._tariffs_fill import draft_of
from pages._tariffs_week import week_of
from pages._tariffs_words import Saying, lines, sentence

WRITE = "analytics.full"
GO, EDITED, CHANGED, PENDING = "tariffs-go", "tariff-edited", "tariffs-changed", "tariffs-pending"
SAVE, WEEK, READ_BACK = "tariff-save", "tariff-week", "tariff-read-back"
SPECIAL_AHEAD = timedelta(days=366)
SPECIAL_SHOWN = 4


@dataclass(frozen=True)
class Opened:
    """What the form was opened on: a new tariff, new terms of one, or a version to correct."""

    direction: Direction
    tariff_id: int = 0
    version: int = 0
    instead_of: int = 0


def tariffs_page(house: House, actor: Actor, address: Mapping[str, object]) -> Any:
    """The list, or the form that the address names."""
    new, key = address.get("new"), str(address.get("tariff") or "")
    if new in ("import", "export") and actor.may(WRITE):
        return _new(house, direction_of(str(new)))
    if key.isdecimal() and len(key) < 10:
        try:
            return _opened(house, actor, int(key), str(address.get("version") or ""))
        except Unknown:
            return _gone()
    return _list(house, actor)


def saying(house: House) -> Saying:
    """The currency and the feeds' names."""
    unit = formats.currency_unit(house.settings.currency)
    return Saying(unit, house.money.tariffs.price_feeds())


# --- the list ------------------------------------------------------------------------------


def _list(house: House, actor: Actor) -> Any:
    return html.Div(
        [
            dcc.Location(id=GO, refresh="callback-nav"),
            dcc.Store(id=CHANGED, data=0),
            dcc.Store(id=PENDING, data={}),
            page_head("Money", facts=html.Span("what energy costs, earns and emits")),
            html.Div(tabs(listed.PATH), className="wb-toolbar"),
            listed.list_events(list_children(house, actor)),
            feeds_section(house, actor),
            form_dialog(listed.USE, "Put in use", act="Put in use"),
            form_dialog(listed.RENAME, "Rename", act="Rename"),
            confirm_dialog(listed.DELETE, act="Delete tariff", danger=True),
            form_dialog(carbon.SET, "Carbon factor", act="Save factor"),
        ],
        className="wb-page wb-tariffs",
    )


def list_children(house: House, actor: Actor) -> list[Any]:
    """Both directions, then the carbon factor."""
    tariffs = house.money.tariffs
    versions: dict[int, list[TariffVersion]] = {}
    known = tariffs.all()
    for tariff in known:
        versions[tariff.tariff_id] = tariffs.versions(tariff.tariff_id, replaced=True)
    shown = listed.Shown(tariffs.today(), house.zone, saying(house), actor.may(WRITE))
    return [
        listed.direction_card("import", known, versions, shown),
        listed.direction_card("export", known, versions, shown),
        carbon.carbon_card(
            house.money.carbon.set_factors(),
            house.money.carbon.feeds(),
            tariffs.today(),
            actor.may(WRITE),
        ),
    ]


# --- the form ------------------------------------------------------------------------------


def _new(house: House, direction: Direction) -> Any:
    today = house.money.tariffs.today()
    draft = STARTER
    name = text_field(
        form.main_id("name"), "Name", max_length=80, placeholder="Supplier and product"
    )
    in_use = switch_field(
        form.main_id("use"), "It is the building’s contract from that day on", value=True,
        hint="Off: a scenario, only to compare with",
    )  # fmt: skip
    head = "New tariff for buying" if direction == "import" else "New tariff for selling"
    first = today.replace(day=1)
    return _editor(house, Opened(direction), draft, head, first, [name, in_use], True)


def _opened(house: House, actor: Actor, tariff_id: int, version_key: str) -> Any:
    tariffs = house.money.tariffs
    tariff = tariffs.get(tariff_id)
    versions = tariffs.versions(tariff_id)
    named = next((v for v in versions if str(v.version_id) == version_key), None)
    if version_key and named is None:
        return _gone()
    base = named or versions[-1]
    draft = draft_of(base.terms)
    if draft is None:
        return _read_only(house, tariff, base.terms)
    opened = Opened(tariff.direction, tariff_id, tariff.version, named.version_id if named else 0)
    first = base.valid_from if named else max(tariffs.today(), base.valid_from + timedelta(days=1))
    head = f"{tariff.name}: correct a version" if named else f"{tariff.name}: other prices"
    extra = [_hidden_name(tariff.name)]
    return _editor(house, opened, draft, head, first, extra, actor.may(WRITE))


def _hidden_name(name: str) -> Any:
    """An existing tariff is renamed from the list; the form's callbacks read the same fields."""
    return html.Div(
        [
            text_field(form.main_id("name"), "Name", value=name),
            switch_field(form.main_id("use"), "In use"),
        ],
        hidden=True,
    )


def _editor(
    house: House,
    opened: Opened,
    draft: Draft,
    head: str,
    first: date,
    extra: list[Any],
    may_write: bool,
) -> Any:
    say = saying(house)
    save = button("Save …", id="tariff-save-open", kind="primary")
    stored = {
        "direction": opened.direction,
        "tariff_id": opened.tariff_id,
        "version": opened.version,
        "instead_of": opened.instead_of,
    }
    return html.Div(
        [
            dcc.Location(id=GO, refresh="callback-nav"),
            dcc.Store(id=EDITED, data=stored),
            page_head(
                head,
                actions=[link_button("Back", listed.PATH), *([save] if may_write else [])],
            ),
            html.Div(
                [
                    card(
                        None,
                        html.Div(extra, className="wb-form"),
                        html.Div(
                            text_field(
                                form.main_id("valid_from"), "These prices hold from", kind="date",
                                value=first.isoformat(),
                            ),
                            className="wb-form",
                        ),
                        form.problems("name"),
                        form.problems("valid_from"),
                        html.H3("Energy", className="wb-form-part"),
                        Events(
                            id=form.FORM,
                            className="wb-tariff-form",
                            children=form.form_parts(draft, opened.direction, say.unit, say.feeds),
                        ),
                    ),
                    html.Div(
                        card(
                            "The week",
                            Events(
                                id=WEEK,
                                query={"week": None},
                                children=[],
                                className="wb-week-box",
                            ),
                            html.P("", id=READ_BACK, className="wb-tariff-sentence"),
                        ),
                        className="wb-tariff-side",
                    ),
                ],
                className="wb-tariff-split",
            ),
            confirm_dialog(SAVE, act="Save prices"),
        ],
        className="wb-page wb-tariffs",
    )  # fmt: skip


def _gone() -> Any:
    back = link_button("All tariffs", listed.PATH)
    words = "It was deleted or replaced, or the link is wrong."
    return html.Div(
        empty("There is no such tariff", words, back, icon_name="money"), className="wb-page"
    )


def _read_only(house: House, tariff: Tariff, terms: Terms) -> Any:
    """A tariff that a program wrote and that the form has no fields for."""
    say = saying(house)
    return html.Div(
        [
            page_head(tariff.name, actions=[link_button("Back", listed.PATH)]),
            card("What it says", html.P(sentence(terms, tariff.direction, say))),
            card("Line by line", key_value([(k, v) for k, v in lines(terms, say)])),
        ],
        className="wb-page wb-tariffs",
    )


# --- the week ------------------------------------------------------------------------------


def week_children(
    house: House, terms: Terms | None, direction: Direction, week: str | None, why: str = ""
) -> list[Any]:
    """The head with its buttons, then the picture, or why there is none yet."""
    monday = _monday(week, house.money.tariffs.today())
    unit = formats.currency_unit(house.settings.currency)
    head = _week_head(house, monday)
    if terms is None:
        words = f"It is drawn as soon as every price is filled in. {why}"
        return [head, empty("No picture yet", words, icon_name="calendar")]
    period = Period(
        local_midnight(monday, house.zone), local_midnight(monday + timedelta(days=7), house.zone)
    )
    tariffs = house.money.tariffs
    shown = week_of(tariffs.slots(period), tariffs.preview(terms, direction, period), unit)
    gets = "costs" if direction == "import" else "earns"
    caption = f"What one kWh {gets} with all charges per kWh and VAT [{unit}/kWh]"
    return [
        head,
        html.P(caption, className="wb-hint"),
        price_week(shown.days),
        week_legend(shown.legend),
    ]


def _monday(week: str | None, today: date) -> date:
    try:
        day = date.fromisoformat(week or "")
    except ValueError:
        day = today
    day = min(max(day, date(2000, 1, 3)), date(2099, 12, 20))
    return day - timedelta(days=day.weekday())


def _week_head(house: House, monday: date) -> Any:
    def to(day: date, label: Any, **more: Any) -> Any:
        hooks = {"data-set": f'{{"week": "{day.isoformat()}"}}'}
        return button(label, small=True, attributes=hooks, **more)

    today = house.money.tariffs.today()
    ahead = house.calendar.days(today - timedelta(days=7), today + SPECIAL_AHEAD)
    special = [day for day in ahead if day.label][:SPECIAL_SHOWN]
    return html.Div(
        [
            html.Div(
                [
                    to(monday - timedelta(days=7), "Week before", icon_name="left"),
                    html.Span(formats.period("week", monday), className="wb-period-label"),
                    to(monday + timedelta(days=7), "Week after", icon_name="right"),
                    to(today, "This week"),
                ],
                className="wb-row",
            ),
            html.Div(
                [
                    html.Span("Weeks with a special day:", className="wb-hint"),
                    *(to(day.date, _special_words(day), title=day.label) for day in special),
                ],
                className="wb-row wb-week-special-row",
            )
            if special
            else None,
        ],
        className="wb-week-controls",
    )  # fmt: skip


def _special_words(day: Day) -> str:
    return f"{day.date.day} {formats.MONTHS[day.date.month - 1]} · {day.label}"
