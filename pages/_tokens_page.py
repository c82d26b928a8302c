"""Puts the Tokens page together from the house; tokens live in real time, not the building's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components.buttons import button, confirm_dialog
from components.cards import card, page_head
from components.files import csv_links
from components.forms import segments
from components.native import Events
from components.periods import period_picker
from components.sheets import side_sheet
from domain.access.model import Token
from domain.access.policy import ROLE_PERMISSIONS, Actor
from domain.access.report_lines import report_lines
from domain.foundation.clock import from_ms, real_now_ms
from domain.foundation.errors import Unknown
from domain.foundation.intervals import local_date
from domain.house import House
from pages import _tokens_list, _tokens_report
from pages._tokens_form import SHEET, token_form
from pages._tokens_list import ACTIVATE, REVOKE, SHOWN, TABLE, Seen, TokenQuery
from pages._tokens_report import PICKER, REPORT
from pages._tokens_words import Issuer, all_rights
from pages._values import TableQuery, Text

TABS = (("tokens", "Tokens"), ("report", "Compliance report"))
LIST_PART, REPORT_PART = "tokens-list-part", "tokens-report-part"
_MOST_TOKENS = 10_000


def tokens_page(house: House, actor: Actor, tab: str, value: Mapping[str, object]) -> html.Div:
    """Both tabs; each stays while the other one is open."""
    shown = tab if tab in dict(TABS) else "tokens"
    children, facts = list_parts(house, actor, TokenQuery())
    table, summary, files = report_parts(house, actor, value, 0)
    new = button("New token", id="tokens-new", kind="primary", icon_name="plus")
    return html.Div(
        [
            page_head("Tokens", facts=html.Span(facts, id="tokens-facts"), actions=[new]),
            dcc.Store(id="tokens-changed", data=0),
            dcc.Store(id="tokens-pending"),
            html.Div(
                segments("tokens-tab", list(TABS), value=shown, label="Part of tokens"),
                className="wb-row",
            ),
            html.Div(_list_part(children), id=LIST_PART, hidden=shown != "tokens"),
            html.Div(
                _report_part(house, value, table, summary, files),
                id=REPORT_PART,
                hidden=shown != "report",
            ),
            side_sheet(SHEET, act="Make token"),
            confirm_dialog(REVOKE, act="Revoke", danger=True),
            confirm_dialog(ACTIVATE, act="Activate again"),
        ],
        className="wb-page wb-tokens",
    )


def _list_part(children: list[Any]) -> html.Section:
    return card(
        None,
        html.Div(
            segments("tokens-show", list(SHOWN), value=_tokens_list.ALL, label="Which tokens"),
            className="wb-toolbar",
        ),
        Events(
            id=TABLE,
            className="wb-table-box",
            query={"sort": None, "descending": False, "page": 0},
            children=children,
        ),
    )


def _report_part(
    house: House, value: Mapping[str, object], table: list[Any], summary: str, files: list[Any]
) -> html.Section:
    choice = _tokens_report.asked_days(value, today(house))
    exact: dict[str, object] = {"kind": choice.kind, "date": choice.first.isoformat()}
    if choice.kind == "custom":
        exact["end"] = choice.last.isoformat()
    return card(
        None,
        html.Div(
            [
                period_picker(PICKER, today(house), value=exact, comparable=False),
                html.Span(className="wb-spring"),
                html.Span(files, id="tokens-report-files", className="wb-row"),
            ],
            className="wb-toolbar",
        ),
        html.P(summary, id="tokens-report-summary", className="wb-second", role="status"),
        Events(id=REPORT, className="wb-table-box", query={"page": 0}, children=table),
    )


def today(house: House) -> Any:
    """The real date at the building: the audit knows no other."""
    return local_date(from_ms(real_now_ms()), house.zone)


def own_tokens(house: House, actor: Actor) -> list[Token]:
    """The tokens this person may see."""
    return house.access.tokens.list(actor, _MOST_TOKENS)


def find(house: House, actor: Actor, jti: str) -> Token:
    """One of them.

    Raises:
        Unknown: it is not there, or somebody else's.
    """
    for token in own_tokens(house, actor):
        if token.jti == jti:
            return token
    raise Unknown("token", jti[:40])


def seen_by(house: House, actor: Actor) -> Seen:
    """Who looks at the list, and what is known of the issuers in it."""
    issuers = {actor.user_id or 0: Issuer(actor.role)}
    if actor.may("users.manage"):
        demo = house.settings.demo
        issuers |= {
            user.user_id: Issuer(user.role, user.disabled or (user.demo and not demo))
            for user in house.access.users.all(actor)
        }
    return Seen(issuers, actor.may("tokens.all"), real_now_ms(), house.zone)


def list_parts(house: House, actor: Actor, query: TokenQuery) -> tuple[list[Any], str]:
    """The inside of the table, and the facts beside the title."""
    tokens, seen = own_tokens(house, actor), seen_by(house, actor)
    return _tokens_list.token_table(tokens, query, seen), _tokens_list.facts(tokens, seen)


def query_of(table: TableQuery | None, shown: Text) -> TokenQuery:
    """What the controls ask for; what none of them offers means all."""
    asked = table or {}
    return TokenQuery(
        shown=shown if shown in dict(SHOWN) else _tokens_list.ALL,
        sort=asked.get("sort"),
        descending=bool(asked.get("descending")),
        page=asked.get("page", 0),
    )


def report_parts(
    house: House, actor: Actor, value: Mapping[str, object] | None, page: int
) -> tuple[list[Any], str, list[Any]]:
    """The inside of the report's table, its sum in words, and its files."""
    choice = _tokens_report.asked_days(value, today(house))
    period = _tokens_report.period_of(choice, house.zone)
    lines = report_lines(house.access.compliance(actor, period.start_ms, period.end_ms))
    everybody = actor.may("audit.read")
    table = _tokens_report.report_table(lines, page, everybody, real_now_ms(), house.zone)
    files = csv_links(
        "Token report", "/download/tokens/report.csv", _tokens_report.file_search(choice)
    )
    return table, _tokens_report.summary_words(lines), files


def form_for(actor: Actor) -> list[Any]:
    """The empty form with what this person may pass on."""
    return token_form(all_rights(ROLE_PERMISSIONS.get(actor.role, frozenset())))
