"""Puts one sensor's page together from the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import button, confirm_dialog, form_dialog, link_button
from components.cards import grid, page_head
from components.files import csv_links
from components.marks import chip
from components.states import empty
from domain.access.policy import Actor
from domain.building.model import SensorRow
from domain.building.room_history import MAX_POINTS, same_time_before
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.house import House
from domain.money.costs import SensorMoney
from domain.telemetry.corrections import Correction
from pages import _correction_forms, _sensor_notes_view, _sensor_view
from pages._period import download_search, picker, spans_of
from pages._sensor_view import COUNTERS, SensorPeriod
from pages._sensors_page import REGISTER

CORRECT, MANUAL, HIDE_ONE = "sensor-correct", "sensor-manual", "sensor-hide"


def sensor_page(house: House, actor: Actor, sensor_id: str, value: Mapping[str, Any]) -> Any:
    """One sensor, hidden or not."""
    try:
        house.building.sensor(sensor_id)
    except Unknown:
        return html.Div(_no_sensor(sensor_id), className="wb-page")
    return html.Div(
        [
            dcc.Location(id="sensor-url", refresh=False),
            dcc.Store(id="sensors-changed", data=0),
            dcc.Store(id="sensor-id", data=sensor_id),
            html.Div(sensor_detail(house, actor, sensor_id, dict(value)), id="sensor-detail"),
            form_dialog(REGISTER, "Sensor", act="Save sensor"),
            form_dialog(CORRECT, "Correct a span", act="Correct"),
            form_dialog(MANUAL, "Enter a meter reading", act="Enter reading"),
            confirm_dialog(HIDE_ONE, "Hide", act="Hide sensor"),
        ],
        className="wb-page wb-sensor",
    )


def _no_sensor(sensor_id: str) -> Any:
    return empty(
        "There is no such sensor",
        ["Nothing has been heard from ", html.Code(sensor_id[:64])],
        link_button("All sensors", "/sensors"),
        icon_name="sensor",
    )


def sensor_detail(house: House, actor: Actor, sensor_id: str, value: Mapping[str, object]) -> Any:
    """Head, values, period, what is odd and what was corrected. Raises Unknown."""
    row, now_ms = house.building.sensor_row(sensor_id), house.clock.now_ms()
    findings = house.telemetry.quality([sensor_id]).get(sensor_id, [])
    cards = grid(
        html.Div(
            [
                _sensor_notes_view.quality_card(findings, now_ms, house.zone),
                html.Div(corrections_card(house, actor, row), id="sensor-corrections"),
            ],
            className="wb-stack",
        ),
        _sensor_view.about_card(row, _parts(house, row), now_ms),
        columns="main-side",
    )
    return html.Div(
        [
            dcc.Link("All sensors", href="/sensors", className="wb-back"),
            _head(actor, row),
            _sensor_view.value_tiles(row, now_ms, house.zone),
            html.Div(picker(house, "sensor-picker", value), className="wb-toolbar"),
            html.Div(
                period_part(house, actor, row, value), id="sensor-period", className="wb-stack"
            ),
            cards,
        ],
        className="wb-stack",
    )


def _head(actor: Actor, row: SensorRow) -> Any:
    actions: list[Any] = []
    if row.sensor.status != "adopted" and actor.may("sensors.create"):
        words = "Show again" if row.sensor.status == "hidden" else "Adopt"
        actions.append(button(words, id="sensor-adopt", kind="primary", icon_name="check"))
    if actor.may("sensors.update"):
        actions.append(button("Edit", id="sensor-edit-open", icon_name="edit"))
    if row.sensor.status != "hidden" and actor.may("sensors.delete"):
        actions.append(button("Hide", id="sensor-hide-open", kind="quiet", icon_name="hide"))
    status = {"discovered": chip("Discovered", "accent", dot=True), "hidden": chip("Hidden")}
    facts = [status.get(row.state), _sensor_view.facts_line(row)]
    return page_head(row.sensor.name, facts=facts, actions=actions)


def period_part(
    house: House, actor: Actor, row: SensorRow, value: Mapping[str, object]
) -> list[Any]:
    """Everything that the period picker drives."""
    shown = period_of(house, actor, row, value)
    files: list[Any] = []
    if actor.may("export") and shown.now:
        search = download_search(shown.spans, shown.now[0].level)
        path = f"/download/sensors/{row.sensor.sensor_id}.csv"
        files = csv_links(f"Readings of {row.sensor.name}", path, search)
    return _sensor_view.period_part(shown, files)


def period_of(
    house: House, actor: Actor, row: SensorRow, value: Mapping[str, object]
) -> SensorPeriod:
    """What the period part shows, from the house."""
    spans, now_ms, telemetry = spans_of(house, value), house.clock.now_ms(), house.telemetry
    series = telemetry.series([row.sensor.sensor_id])
    order = {latest.metric: place for place, latest in enumerate(row.latest)}
    keys = sorted((s.key for s in series), key=lambda key: order.get(key[1], len(order)))
    counters = [s.key for s in series if s.kind == "counter"]
    amounts = counters or [s.key for s in series if s.kind == "power"]
    so_far, before = same_time_before(spans.period, spans.before, now_ms, house.zone)
    compared = []
    if spans.choice.compare:
        compared = telemetry.history(keys, spans.before, max_points=MAX_POINTS)
    return SensorPeriod(
        sensor=row.sensor,
        now=telemetry.history(keys, spans.period, max_points=MAX_POINTS),
        compared=compared,
        energy=telemetry.energy(amounts, so_far),
        energy_before=telemetry.energy(amounts, before),
        corrections=corrections_of(house, row),
        spans=spans,
        now_ms=now_ms,
        zone=house.zone,
        money=_money(house, row, so_far) if amounts and actor.may("analytics.view") else None,
        unit=formats.currency_unit(house.settings.currency),
    )


def _money(house: House, row: SensorRow, so_far: Period) -> SensorMoney | None:
    """What its energy cost or carries; only a sensor that counts belongs to the building."""
    metered = {"power", "energy", "generation", "generation_energy"}
    measures = {series.metric for series in house.telemetry.series([row.sensor.sensor_id])}
    if row.sensor.status != "adopted" or not measures & metered:
        return None
    return house.money.costs.sensor(row.sensor, house.money.costs.of(so_far))


def corrections_of(house: House, row: SensorRow) -> list[tuple[str, Correction]]:
    """Every correction of every metric of a sensor, newest first."""
    found = [
        (series.metric, correction)
        for series in house.telemetry.series([row.sensor.sensor_id])
        for correction in house.telemetry.corrections(series.key)
    ]
    return sorted(found, key=lambda pair: -pair[1].correction_id)


def corrections_card(house: House, actor: Actor, row: SensorRow) -> Any:
    """The list of corrections, with what this person may do."""
    return _sensor_notes_view.corrections_card(
        corrections_of(house, row),
        house.clock.now_ms(),
        house.zone,
        may_write=actor.may("corrections.write"),
        may_read_in=bool(counters_of(house, row)),
    )


def counters_of(house: House, row: SensorRow) -> list[str]:
    """The counters that can be read by eye: those it has, or the one its type says."""
    series = house.telemetry.series([row.sensor.sensor_id])
    known = [s.metric for s in series if s.kind == "counter" and not s.virtual]
    if known or any(s.virtual for s in series):
        return known
    if row.sensor.sensor_type in COUNTERS:
        return [row.sensor.sensor_type]
    return ["energy"] if row.sensor.sensor_type == "energy_meter" else []


def correctable(house: House, sensor_id: str) -> list[str]:
    """The metrics with stored readings, the primary one first."""
    measured = {s.metric for s in house.telemetry.series([sensor_id]) if not s.virtual}
    shown = [latest.metric for latest in house.building.sensor_row(sensor_id).latest]
    rest = sorted(measured.difference(shown))
    return [name for name in (*shown, *rest) if name in measured and name in METRICS]


def correct_form(house: House, sensor_id: str, value: Mapping[str, object] | None) -> list[Any]:
    """The correction of a span, beginning at the day that is shown."""
    day = spans_of(house, value).choice.first.isoformat()
    name = house.building.sensor(sensor_id).name
    return _correction_forms.correct_form(name, correctable(house, sensor_id), day)


def manual_form(house: House, sensor_id: str) -> list[Any]:
    """The reading by eye, as of now."""
    row, now_ms = house.building.sensor_row(sensor_id), house.clock.now_ms()
    now_text = formats.local(now_ms, house.zone).strftime("%Y-%m-%dT%H:%M")
    newest = row.newest_ts_ms
    before = formats.moment(newest, now_ms, house.zone) if newest else "never"
    counters = counters_of(house, row)
    return _correction_forms.manual_form(row.sensor.name, counters, row.latest, now_text, before)


def _parts(house: House, row: SensorRow) -> list[str]:
    """What a calculated meter is made of, in words."""
    words = []
    for series in house.telemetry.series([row.sensor.sensor_id]):
        for factor, sensor_id, metric in house.telemetry.virtual_parts(series.key) or ():
            name = sensor_id
            if sensor_id in house.building.placement():
                name = house.building.sensor(sensor_id).name
            words.append(_sensor_view.part_words(factor, name, metric))
    return words
