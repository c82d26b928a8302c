"""The side sheet of the Tokens page: the form of a new token, then its secret, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html

from components import formats, ids
from components.buttons import button
from components.forms import field, form, number_field, select_field, text_field
from components.marks import aria, key_value
from components.sheets import sheet_title
from components.states import banner
from domain.access.token_request import MAX_MINUTES
from domain.access.tokens import Issued
from pages._tokens_words import (
    LIVES,
    RESOURCE_LABELS,
    TIME_WORDS,
    Rights,
    access_words,
    contract_of,
    limit_words,
)

SHEET, MESSAGE, MAY = "new-token", "token-message", "token-may"
FIELDS = ("name", "list_of_resources", "exp", "embargo", "data_aggregation", "time_aggregation")
LIFE = "token-life"
TYPED = ("name", "exp", "embargo", "data_aggregation", "time_aggregation")
SECRET, EXAMPLE = "token-secret", "token-example"
_DATA = (("all", "Single sensors and sums"), ("sum", "Only sums over sensors"))
_HINTS: Mapping[str, str] = {
    "sensors": "the list of sensors and their readings; change: also send readings in",
    "rooms": "rooms with their live values and history",
    "analytics": "overview, energy, queries, events and export",
    "batteries": "state of charge, power and limits",
    "demand-response": "invitations, flexibility and events",
    "p2p": "orders, trades and prices",
    "forecast": "what is expected, and how good it was",
    "iot": "devices and their commands",
    "events": "alarms and notifications",
    "export": "readings as CSV, JSON, Excel or Parquet",
    "tokens": "your tokens; manage: issue ones of at most its rights, and revoke",
}
# The call that shows most plainly that a token of this resource works.
_EXAMPLES: Mapping[str, str] = {
    "sensors": "/api/v1/sensors",
    "rooms": "/api/v1/rooms",
    "analytics": "/api/v1/overview",
    "export": "/api/v1/export?format=csv",
    "tokens": "/api/v1/tokens",
    "events": "/api/v1/events",
    "batteries": "/api/v1/batteries",
    "demand-response": "/api/v1/demand-response/events",
    "p2p": "/api/v1/p2p/market/status",
    "forecast": "/api/v1/forecast/consumption",
    "iot": "/api/v1/iot/devices",
}


_PLAIN: Mapping[str, str] = {
    "name": "Give it a name of at most 100 characters",
    "list_of_resources": "Choose at least one",
}


def field_id(name: str) -> str:
    """The id of a field of the form by its name in the contract."""
    return f"token-{name}"


def token_form(rights: Sequence[Rights]) -> list[Any]:
    """An empty form with only what this person may pass on."""
    return [
        sheet_title(SHEET, "New token"),
        html.P(
            "It can never do more than you can; when your rights shrink, so do its.",
            className="wb-dialog-target",
        ),
        form(
            text_field(
                field_id("name"),
                "Name",
                max_length=100,
                placeholder="Monthly report",
                hint="Which program uses it, so that you know later what to revoke",
            ),
            field(
                field_id("list_of_resources"),
                "What it may do",
                html.Div([_right(one) for one in rights], className="wb-tokens-rights"),
            ),
            _life(),
            html.H3("How much of the data it sees", className="wb-form-part"),
            _embargo(),
            select_field(
                field_id("data_aggregation"),
                "Sensors",
                _DATA,
                value="all",
                hint="Sums hide what a single room or machine does: the value of one sensor alone "
                "is refused.",
            ),
            select_field(
                field_id("time_aggregation"),
                "Finest step in time",
                list(TIME_WORDS.items()),
                value="all",
                hint="Means over longer steps hide when somebody comes and goes. A step is shared "
                "once it is over.",
            ),
            html.P(
                "With any of these three limits the token gets no live stream, only finished "
                "values.",
                className="wb-hint",
            ),
            message_id=MESSAGE,
        ),
    ]


def _right(rights: Rights) -> html.Div:
    label = RESOURCE_LABELS[rights.resource]
    options = [{"value": f"{rights.resource}:read", "label": "read"}] if rights.read else []
    if rights.write:
        options.append({"value": rights.resource, "label": f"read and {rights.write}"})
    return html.Div(
        [
            html.Div([html.B(label), html.Div(_HINTS[rights.resource], className="wb-hint")]),
            dbc.Checklist(
                id={"type": MAY, "resource": rights.resource},
                options=options,
                value=[],
                inline=True,
                className="wb-checklist",
                name=label,
            ),
        ],
        className="wb-tokens-right",
        role="group",
        **aria(label=label),
    )


def _life() -> html.Div:
    return html.Div(
        [
            select_field(LIFE, "Ends by itself after", LIVES, value="1440"),
            number_field(
                field_id("exp"),
                "or after exactly",
                unit="min",
                low=1,
                high=MAX_MINUTES,
                step=1,
                hint="If filled in, this counts",
            ),
        ],
        className="wb-form wb-form-2",
    )


def _embargo() -> html.Div:
    return number_field(
        field_id("embargo"),
        "Embargo",
        unit="min",
        low=0,
        high=MAX_MINUTES,
        step=1,
        hint="Values younger than this are withheld: with 60 the program sees the building as it "
        "was an hour ago. Empty withholds nothing.",
    )


def request_of(
    values: Mapping[str, object], life: str | None, chosen: Sequence[Sequence[str] | None]
) -> dict[str, object]:
    """The body that `POST /api/v1/tokens/generate` would be sent."""
    listed = [name for names in chosen for name in names or ()]
    asked: dict[str, object] = {
        # Whoever ticks both wants both; the wider one holds the narrower.
        "list_of_resources": [n for n in listed if n.removesuffix(":read") not in listed or
                              not n.endswith(":read")],
        **{name: values.get(name) for name in TYPED},
    }  # fmt: skip
    if asked["exp"] is None and life and life.isdecimal():
        asked["exp"] = int(life)
    return asked


def address_of(href: str | None, otherwise: str) -> str:
    """The server as the browser that asks sees it, also behind a proxy."""
    try:
        parts = urlsplit(href or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return otherwise
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return otherwise
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def curl_line(address: str, resources: Sequence[str]) -> str:
    """A first call of a program; the shell puts the secret in."""
    names = [name.partition(":")[0] for name in resources]
    path = next((path for name, path in _EXAMPLES.items() if name in names), "/api/v1/tokens")
    return f'curl -H "Authorization: Bearer $TOKEN" "{address}{path}"'


def secret_view(issued: Issued, role: str, address: str, zone: ZoneInfo) -> list[Any]:
    """The secret, to be copied now, what it is good for, and how to try it."""
    token, ends_ms = issued.token, issued.token.expires_ms
    return [
        sheet_title(SHEET, token.name),
        html.P("Your token is ready.", className="wb-dialog-target"),
        banner(
            "Copy it now.",
            "Wattboard does not keep the secret: once this is closed nobody can see it again.",
            tone="warning",
            icon_name="lock",
        ),
        _copied(SECRET, "Secret", issued.secret),
        key_value(
            [
                ("May", access_words(token.resources, role)),
                ("Limits", limit_words(contract_of(token))),
                ("Ends", f"{formats.day(ends_ms, zone, year=True)} {formats.clock(ends_ms, zone)}"),
            ],
            sunken=True,
        ),
        _copied(EXAMPLE, "Try it", curl_line(address, token.resources)),
        html.P(
            [html.Code("$TOKEN"), " stands for the secret. Set it where the program runs; keep it "
             "out of addresses, mails and shared files."],
            className="wb-hint",
        ),
    ]  # fmt: skip


def _copied(id: str, label: str, text: str) -> html.Div:
    """A text with a button that copies it (assets/tokens-page.js)."""
    return html.Div(
        [
            html.Div(
                [
                    html.Span(label, className="wb-label"),
                    button(
                        "Copy", icon_name="copy", small=True, attributes={"data-copy": f"#{id}"}
                    ),
                ],
                className="wb-tokens-copy-head",
            ),
            html.Code(text, id=id, className="wb-tokens-code", tabIndex=0),
        ],
        className="wb-tokens-copy",
    )


def error_words(words: Mapping[str, str]) -> list[str]:
    """What stands beside each field; two refusals of the contract are said more plainly."""
    return [_PLAIN.get(name, words[name]) if name in words else "" for name in FIELDS]


ERRORS = tuple(ids.field_error(field_id(name)) for name in FIELDS)
