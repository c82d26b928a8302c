"""Puts the Analytics page together from the house, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dash import dcc, html

from components.cards import card, grid, page
from components.files import csv_links
from components.forms import segments
from components.states import empty
from domain.access.policy import Actor
from domain.analytics.lines import BUILDING_QUANTITIES
from domain.analytics.query import Question
from domain.analytics.service import Account
from domain.foundation.errors import WattboardError
from domain.foundation.units import METRICS
from domain.house import House
from pages import _analytics_cards, _analytics_shapes
from pages._analytics_cards import Shown
from pages._analytics_question import answer_body, quantity_pick, question_card, refused
from pages._analytics_state import Choices, View, file_search, pair_resolution
from pages._period import Spans, picker, spans_of

PICKER, OF, PAIR_A, PAIR_B = (f"analytics-{name}" for name in ("picker", "of", "a", "b"))
ENERGY, SHAPES, PAIR = (f"analytics-{name}" for name in ("energy", "shapes", "pair"))
URL = "analytics-url"


@dataclass(frozen=True)
class Asked:
    """One drawing of the page: who asks for what; the balance is gathered once for all parts."""

    house: House
    actor: Actor
    view: View
    spans: Spans
    account: Account

    @cached_property
    def account_before(self) -> Account:
        """The balance of the period before."""
        return self.house.analytics.account(self.spans.before)

    @classmethod
    def gather(cls, house: House, actor: Actor, view: View, value: Mapping[str, Any]) -> Asked:
        """Read the picker and the building's balance of its period."""
        spans = spans_of(house, dict(value))
        return cls(house, actor, view, spans, house.analytics.account(spans.period))

    @property
    def past(self) -> bool:
        """Whether the period is over, so that it compares with the whole of the one before."""
        return self.spans.period.end_ms <= self.house.clock.now_ms()

    @property
    def shown(self) -> Shown:
        """Where and when the page stands."""
        return Shown(self.spans, self.house.clock.now_ms(), self.house.zone)

    def files(self, view: str, **asked: Any) -> list[Any]:
        """The links to one view's files, for who may export."""
        if not self.actor.may("export"):
            return []
        what = view.replace("-", " ").capitalize()
        return csv_links(what, f"/download/analytics/{view}.csv", file_search(self.spans, **asked))


def choices_of(house: House) -> Choices:
    """What can be asked for, and what stands there at first."""
    quantities = house.analytics.targets()
    metrics = house.analytics.metrics()
    addresses = [address for address, _ in quantities]
    outside = next((a for a in addresses if _is_outside(house, a)), "building/generation")
    first = "temperature" if "temperature" in metrics else next(iter(metrics), "")
    return Choices(
        metrics=[(metric, METRICS[metric].label) for metric in metrics],
        rooms=[(str(room.room_id), room.name) for room in house.building.rooms()],
        quantities=quantities,
        default=View(metrics=(first,) if first else (), a="building/consumption", b=outside),
    )


def _is_outside(house: House, address: str) -> bool:
    kind, _, rest = address.partition("/")
    sensor_id, _, metric = rest.rpartition("/")
    weather = kind == "sensor" and house.building.sensor_type(sensor_id) == "weather"
    return weather and metric == "temperature"


def analytics_page(
    house: House, actor: Actor, view: View, choices: Choices, value: Mapping[str, object]
) -> Any:
    """The whole page at what its address says."""
    if not choices.metrics:
        return page("Analytics", nothing_yet())
    asked = Asked.gather(house, actor, view, value)
    quantities = [(name, label) for name, label in BUILDING_QUANTITIES.items()]
    return page(
        "Analytics",
        dcc.Location(id=URL, refresh=False),
        html.Div(picker(house, PICKER, value, comparable=False), className="wb-toolbar"),
        html.Div(energy_part(asked), id=ENERGY, className="wb-stack"),
        html.Div(
            [
                html.H2("Shape of", className="wb-card-title"),
                segments(OF, quantities, value=view.of, label="Quantity"),
            ],
            className="wb-row wb-analytics-of",
        ),
        html.Div(shapes_part(asked), id=SHAPES, className="wb-stack"),
        grid(
            question_card(view, choices, answer_part(asked)),
            pair_card(asked, choices),
            columns="halves",
        ),
        className="wb-analytics",
    )


def nothing_yet() -> Any:
    """A building without a single adopted sensor."""
    return empty(
        "Nothing to analyse yet",
        "As soon as a sensor is adopted and measures, its days, hours and sums stand here.",
        html.A("Open sensors", href="/sensors", className="btn btn-outline-secondary wb-btn"),
        icon_name="analytics",
    )


def energy_part(asked: Asked) -> list[Any]:
    """Totals, sources and rooms."""
    analytics, spans = asked.house.analytics, asked.spans
    summary = analytics.summary(
        spans.period, spans.before, asked.account, asked.account_before if asked.past else None
    )
    stack = analytics.energy(spans.period, account=asked.account)
    shown = asked.shown
    return [
        *_analytics_cards.totals_part(summary, shown, asked.files("totals")),
        grid(
            _analytics_cards.sources_card(stack, shown, asked.files("sources")),
            _analytics_cards.rooms_card(summary, asked.files("rooms")),
            columns="main-side",
        ),
    ]


def shapes_part(asked: Asked) -> list[Any]:
    """Heat map, load duration and two periods of one side of the balance."""
    analytics, spans, of = asked.house.analytics, asked.spans, asked.view.of
    quantity, shown = asked.view.quantity, asked.shown
    heat = analytics.heat_map(quantity, spans.period, asked.account)
    curve = analytics.load_duration(quantity, spans.period, asked.account)
    compared = analytics.compare(
        quantity, spans.period, spans.before, asked.account, asked.account_before
    )
    named = {"of": quantity}
    return [
        grid(
            _analytics_shapes.heat_card(heat, shown, asked.files("heat-map", **named), of),
            _analytics_shapes.duration_card(
                curve, shown, asked.files("load-duration", **named), of
            ),
            columns="halves",
        ),
        _analytics_shapes.comparison_card(compared, shown, asked.files("comparison", **named), of),
    ]


def answer_part(asked: Asked) -> list[Any]:
    """The answer to the free question, or why there is none."""
    view = asked.view
    question = Question(
        view.metrics, asked.spans.period, view.aggregate, view.group, view.resolution
    )
    try:
        answer = asked.house.analytics.query(question, [int(room) for room in view.rooms])
    except WattboardError as error:
        return refused(error)
    files = asked.files(
        "query",
        metric=view.metrics,
        room=view.rooms,
        group=view.group,
        aggregate=view.aggregate,
        resolution=view.resolution,
    )
    return answer_body(answer, asked.shown, files)


def pair_card(asked: Asked, choices: Choices) -> Any:
    """Two quantities to choose, and how they move together."""
    controls = html.Div(
        [
            quantity_pick(PAIR_A, "Across", choices, asked.view.a),
            quantity_pick(PAIR_B, "Upward", choices, asked.view.b),
        ],
        className="wb-analytics-controls",
    )
    return card("Move together?", controls, html.Div(pair_part(asked), id=PAIR))


def pair_part(asked: Asked) -> list[Any]:
    """The pairs of two quantities with r."""
    period, view = asked.spans.period, asked.view
    resolution = pair_resolution(period)
    found = asked.house.analytics.correlation(
        view.a, view.b, period, resolution, scan=True, account=asked.account
    )
    body = _analytics_shapes.correlation_body(found, asked.shown)
    files = asked.files("correlation", a=view.a, b=view.b, resolution=resolution)
    if not found.pairs or not files:
        return body
    return [*body, html.Div(html.Span(files, className="wb-card-actions"), className="wb-row")]
