"""Puts the sensor list together from the house: table, chips, selection bar, rejected messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import button, form_dialog
from components.cards import card, page_head
from components.files import csv_links
from components.forms import search_field, segments, select
from components.marks import chip
from components.native import Events
from components.states import empty
from components.tables import Column, Row, data_table, simple_table, table_body
from domain.access.policy import Actor
from domain.building.model import Sensor, SensorPage, SensorQuery
from domain.foundation.errors import Unknown
from domain.foundation.intervals import local_date
from domain.house import House
from domain.inbox.service import RejectedPage
from pages import _sensors_view
from pages._export_form import export_dialog
from pages._sensor_forms import many
from pages._sensors_view import ALL

TABLE, CHIPS = "sensors-table", "sensors-states"
REGISTER, ASSIGN, ADOPT, HIDE = (
    "sensor-register",
    "sensors-assign",
    "sensors-adopt",
    "sensors-hide",
)
CALCULATED = "sensor-calculated"
REJECTED_SHOWN = 100
PAYLOAD_SHOWN = 160
REJECTED_COLUMNS = (
    Column("when", "Last", sortable=False, width="120px"),
    Column("topic", "Topic", sortable=False),
    Column("reason", "Why", sortable=False),
    Column("payload", "Message", sortable=False, hide_below="md"),
    Column("times", "Times", number=True, sortable=False),
)


def sensors_page(house: House, actor: Actor, query: SensorQuery, tab: str) -> Any:
    """Both tabs; the second is filled when it is opened."""
    rejected = house.inbox.rejected(limit=1)
    tabs = [("list", "Sensors"), ("rejected", f"Rejected messages ({rejected.total:,})")]
    showing = "rejected" if tab == "rejected" else "list"
    return html.Div(
        [
            page_head("Sensors", facts=_facts(house), actions=_actions(actor)),
            dcc.Store(id="sensors-changed", data=0),
            html.Div(
                segments("sensors-tab", tabs, value=showing, label="What"), className="wb-row"
            ),
            html.Div(
                list_part(house, actor, query),
                id="sensors-list",
                className="wb-stack",
                style={"display": "none"} if showing == "rejected" else None,
            ),
            html.Div(
                rejected_part(house, actor) if showing == "rejected" else None,
                id="sensors-rejected",
            ),
            form_dialog(REGISTER, "Sensor", act="Save sensor"),
            form_dialog(CALCULATED, "Calculated meter", act="Save meter"),
            form_dialog(ASSIGN, "Assign to a room", act="Assign"),
            form_dialog(ADOPT, "Adopt", act="Adopt"),
            form_dialog(HIDE, "Hide", act="Hide"),
            export_dialog(local_date(house.clock.now(), house.zone))
            if actor.may("export")
            else None,
        ],
        className="wb-page wb-sensors",
    )


def _facts(house: House) -> str:
    page = house.building.sensors(SensorQuery(page_size=1))
    return f"{page.total:,}"


def _actions(actor: Actor) -> list[Any]:
    if not actor.may("sensors.create"):
        return []
    return [
        button("Calculated meter", id="sensors-calculate", icon_name="virtual"),
        button("Register sensor", id="sensors-add", kind="primary", icon_name="plus"),
    ]


def list_part(house: House, actor: Actor, query: SensorQuery) -> list[Any]:
    """Search, filters, chips, selection bar and table."""
    rooms = _rooms(house)
    page, parts = _table_parts(house, query)
    export = html.Div(list_files(actor, query), id="sensors-csv", className="wb-row")
    return [
        html.Div(
            [
                search_field(
                    "sensors-text", placeholder="Name, id, type or room", value=query.search
                ),
                select(
                    "sensors-room",
                    _sensors_view.room_options(rooms),
                    value=ALL if query.room_id is None else str(query.room_id),
                ),
                select(
                    "sensors-type", _sensors_view.type_options(), value=query.sensor_type or ALL
                ),
                export,
                button("Export readings", id="sensors-export-open", icon_name="download")
                if actor.may("export")
                else None,
            ],
            className="wb-toolbar",
        ),
        Events(
            id=CHIPS,
            children=_sensors_view.state_chips(page, query.state),
            query={"state": query.state},
            className="wb-filters",
        ),
        html.Div(id="sensors-selection"),
        card(
            None,
            data_table(
                TABLE,
                **parts,
                selectable=_may_select(actor),
                selected=[],
            ),
            className="wb-card-table",
        ),
    ]


def table_children(house: House, actor: Actor, query: SensorQuery) -> tuple[list[Any], list[Any]]:
    """What stands in the table and in the chips for a query."""
    page, parts = _table_parts(house, query)
    nothing = _sensors_view.nothing_found(query, actor.may("sensors.create"))
    body = table_body(**{**parts, "nothing": nothing}, selectable=_may_select(actor))
    return body, _sensors_view.state_chips(page, query.state)


def _may_select(actor: Actor) -> bool:
    return actor.may("sensors.update")


def _table_parts(house: House, query: SensorQuery) -> tuple[SensorPage, dict[str, Any]]:
    page = house.building.sensors(query)
    keys = [(r.sensor.sensor_id, r.latest[0].metric) for r in page.rows if r.latest]
    rows = _sensors_view.table_rows(
        page,
        house.telemetry.sparklines(keys),
        _sensors_view.recent(
            house.telemetry.quality([r.sensor.sensor_id for r in page.rows]), house.clock.now_ms()
        ),
        house.clock.now_ms(),
        house.zone,
    )
    return page, {
        "columns": _sensors_view.COLUMNS,
        "rows": rows,
        "total": page.total,
        "query": _sensors_view.table_query(query, page),
        "page_size": _sensors_view.PAGE_SIZE,
        "caption": "Sensors",
        "noun": "sensors",
        "nothing": _sensors_view.nothing_found(query, may_register=False),
    }


def list_files(actor: Actor, query: SensorQuery) -> list[Any]:
    """The list as filtered, all its pages, as a file."""
    if not actor.may("export"):
        return []
    search = _sensors_view.csv_search(query)
    return csv_links("List of sensors", "/download/sensors.csv", search, small=False)


def selection_bar(actor: Actor, sensors: Sequence[Sensor]) -> Any:
    """How many are chosen, and what can be done with them."""
    if not sensors:
        return None
    acts = [button("Assign to room", id="sensors-assign-open", small=True, icon_name="room")]
    if actor.may("sensors.create") and any(s.status != "adopted" for s in sensors):
        hidden = all(s.status == "hidden" for s in sensors)
        words = "Show again" if hidden else "Adopt"
        acts.append(button(words, id="sensors-adopt-open", small=True, icon_name="check"))
    if actor.may("sensors.delete") and any(s.status != "hidden" for s in sensors):
        acts.append(button("Hide", id="sensors-hide-open", small=True, icon_name="hide"))
    return html.Div(
        [
            html.B(f"{many(len(sensors))} chosen"),
            *acts,
            button("Clear", id="sensors-clear", kind="quiet", small=True),
        ],
        className="wb-selection",
        role="status",
    )


def known_sensors(house: House, sensor_ids: Sequence[str] | None) -> list[Sensor]:
    """The chosen sensors that exist; a forged id is left out."""
    found = []
    for sensor_id in (sensor_ids or [])[:10_000]:
        try:
            found.append(house.building.sensor(str(sensor_id)))
        except Unknown:
            continue
    return found


def room_list(house: House) -> list[tuple[int, str]]:
    """Every room for a select, by floor."""
    return _rooms(house)


def series_options(house: House) -> list[tuple[str, str]]:
    """Every series that can be a part of a calculated meter."""
    names = {e.sensor_id: e.name for e in (r.sensor for r in _all_rows(house))}
    return [
        (
            f"{sensor_id}/{metric}",
            f"{names[sensor_id]}, {_sensors_view.metric_label(metric).lower()}",
        )
        for sensor_id, metric in sorted(house.telemetry.latest())
        if sensor_id in names
    ]


def _all_rows(house: House) -> Any:
    return house.building.sensors(SensorQuery(page_size=None)).rows


def _rooms(house: House) -> list[tuple[int, str]]:
    return [(room.room_id, room.name) for room in house.building.rooms()]


def rejected_part(house: House, actor: Actor) -> Any:
    """What could not be read, newest first, with its reason."""
    page = house.inbox.rejected(limit=REJECTED_SHOWN)
    clear = button("Empty the list", id="sensors-rejected-clear", small=True, icon_name="delete")
    if not page.rows:
        words = "A message that cannot be read is kept here with its reason."
        return card(None, empty("No message was rejected", words, icon_name="done"))
    return card(
        "Rejected messages",
        simple_table(REJECTED_COLUMNS, rejected_rows(page, house), caption="Rejected messages"),
        fact=_rejected_words(page),
        actions=clear if actor.may("sensors.create") else None,
    )


def _rejected_words(page: RejectedPage) -> str:
    if page.total > len(page.rows):
        return f"the newest {len(page.rows)} of {page.total:,}"
    return f"{page.total:,}"


def rejected_rows(page: RejectedPage, house: House) -> list[Row]:
    """One line per reason and topic, which counts its repeats."""
    now_ms = house.clock.now_ms()
    return [
        Row(
            key=str(place),
            cells=[
                html.Span(
                    formats.moment(row.last_ms, now_ms, house.zone),
                    title=f"first {formats.moment(row.first_ms, now_ms, house.zone)}",
                ),
                html.Span([html.Code(row.topic), html.Span(row.source, className="wb-id")]),
                html.Span([chip(code_words(row.code), "late"), " ", row.message]),
                html.Code(excerpt(row.payload, row.payload_bytes), className="wb-payload"),
                f"{row.times:,}",
            ],
        )
        for place, row in enumerate(page.rows)
    ]


def code_words(code: str) -> str:
    """`unknown_unit` is `Unknown unit`."""
    return code.replace("_", " ").capitalize()


def excerpt(payload: str, size: int) -> str:
    """The beginning of a message on one line, and how long the whole is."""
    line = " ".join(payload.split())
    if len(line) <= PAYLOAD_SHOWN:
        return line
    return f"{line[:PAYLOAD_SHOWN]}… ({size:,} bytes)"


def address_query(address: Mapping[str, object]) -> SensorQuery:
    """The list that an address asks for, so that a filtered view can be linked to."""
    return _sensors_view.query_of(
        {"sort": address.get("sort"), "descending": address.get("descending") == "1"},
        {"state": address.get("state")},
        str(address.get("q") or ""),
        str(address.get("room") or ""),
        str(address.get("type") or ""),
    )
