"""Puts the page of one posting together from the house."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.cards import grid, page_head
from components.icons import icon
from components.marks import chip
from components.states import empty
from domain.access.policy import Actor
from domain.foundation.errors import Unknown
from domain.house import House
from domain.money.book import Detail
from domain.money.interval_values import Values
from domain.money.statement import TariffUsed
from pages import _posting_view as view
from pages._ledger_page import sight_of
from pages._posting_view import Meter

READ_FROM = ("main", "generation", "battery")
"""Roles of the meters that the building's balance is read from."""


def posting_page(house: House, actor: Actor, number: str) -> Any:
    """The posting of the address; what is none says so."""
    try:
        if not number.isdecimal() or len(number) > 15:
            raise Unknown("posting", number)
        detail = house.money.ledger.transaction(int(number))
    except Unknown:
        return html.Div([_back(), _gone(number)], className="wb-page wb-money")
    sight = sight_of(house)
    values = house.money.interval_values.of(detail.evidence)
    title = f"Posting {detail.seq:,}"
    return html.Div(
        [
            _back(),
            page_head(title, facts=detail.words, actions=_marks(detail)),
            grid(
                view.entries_card(detail, sight),
                view.facts_card(detail, house.money.ledger.chain().seal, sight),
                columns="halves",
            ),
            grid(
                view.values_card(values, sight),
                html.Div(
                    [
                        view.evidence_card(
                            detail, _tariffs(house, detail), values, _meters(house, actor, values)
                        ),
                        view.corrections_card(detail, sight),
                    ],
                    className="wb-stack",
                ),
                columns="halves",
            ),
        ],
        className="wb-page wb-money",
    )


def _back() -> Any:
    return dcc.Link([icon("left"), "Ledger"], href="/money/ledger", className="wb-back")


def _gone(number: str) -> Any:
    return empty(
        f"There is no posting {number[:20]}",
        "Postings are never removed: the number was never given.",
        icon_name="money",
    )


def _marks(detail: Detail) -> list[Any]:
    if detail.corrects is not None:
        return [chip(f"corrects posting {detail.corrects}", "accent")]
    return [chip("corrected later", "late")] if detail.corrections else []


def _tariffs(house: House, detail: Detail) -> list[tuple[int, TariffUsed]]:
    """The versions of tariffs that priced it, with the tariff each is of."""
    listed = detail.evidence.get("tariff_versions")
    wanted = set(listed) if isinstance(listed, list) else set()
    tariffs = house.money.tariffs
    return [
        (
            tariff.tariff_id,
            TariffUsed(version.version_id, tariff.name, tariff.direction, version.valid_from),
        )
        for tariff in tariffs.all()
        for version in tariffs.versions(tariff.tariff_id, replaced=True)
        if version.version_id in wanted
    ]


def _meters(house: House, actor: Actor, values: tuple[Values, ...]) -> list[Meter]:
    """The sensors behind the building's balance, for who may see sensors."""
    if not values or not actor.may("sensors.read"):
        return []
    return [
        Meter(sensor.sensor_id, sensor.name)
        for sensor in house.building.meters()
        if sensor.meter_role in READ_FROM
    ]
