"""What a device was told, as its page lists it: filters, lines that open to reasons, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.cards import card
from components.commands import CommandLine, history
from components.files import csv_links
from components.forms import select
from components.native import Events
from components.states import empty
from components.tables import pager
from domain.access.policy import Actor
from domain.control import words
from domain.control.history import GROUPS, SORTS, CommandPage, CommandQuery, Told, sentences
from domain.control.lifecycle import Command
from domain.control.owners import OWNERS
from domain.house import House
from pages import _devices_told as told

LIST, FILES = "device-commands", "device-commands-files"
ALL = "all"
FILTERS = ("state", "owner", "days", "sort")
USUAL = {"state": ALL, "owner": ALL, "days": "30", "sort": "newest"}
PERIODS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "365": "Last year",
           ALL: "All time"}  # fmt: skip
PAGE_SIZE = 25
DAY_MS = 86_400_000
MOVES = {"newest": ("Newer", "Older"), "oldest": ("Older", "Newer")}
EVIDENCE = {"meter": "seen by its meter", "reported": "reported, not metered"}

Chosen = Mapping[str, str | None]


def filter_id(name: str) -> str:
    """Dash id of a filter."""
    return f"device-commands-{name}"


def query_of(chosen: Chosen, now_ms: int, page: int) -> CommandQuery:
    """The page that the filters ask for; what none of them offers means all."""
    state, owner, days, sort = (chosen.get(name) or USUAL[name] for name in FILTERS)
    since_ms = now_ms - int(days) * DAY_MS if days in PERIODS and days != ALL else None
    return CommandQuery(
        group=state if state in GROUPS else ALL,
        owner=owner if owner in OWNERS else None,
        since_ms=since_ms,
        sort=sort if sort in SORTS else USUAL["sort"],
        limit=PAGE_SIZE,
        offset=page * PAGE_SIZE,
    )


def file_search(chosen: Chosen) -> str:
    """What makes a file hold the list as filtered, all of its pages."""
    asked = {**USUAL, **{name: said for name, said in chosen.items() if said}}
    return f"?{urlencode({name: said for name, said in asked.items() if said != ALL})}"


def history_card(house: House, actor: Actor, device_id: str) -> Any:
    """Filters, list and files of a device."""
    owners = [(owner, OWNERS[owner].label) for owner in house.control.has_told(actor, device_id)]
    offered = {
        "state": [(key, label) for key, (label, _) in GROUPS.items()],
        "owner": [(ALL, "Everybody"), *owners],
        "days": list(PERIODS.items()),
        "sort": list(SORTS.items()),
    }
    listed, page = list_children(house, actor, device_id, USUAL, 0)
    bar = [select(filter_id(name), offered[name], value=USUAL[name]) for name in FILTERS]
    return card(
        "Commands",
        html.Div(
            [*bar, html.Div(files(actor, device_id, USUAL), id=FILES, className="wb-row")],
            className="wb-toolbar",
        ),
        Events(id=LIST, children=listed, query={"page": page}),
    )


def list_children(
    house: House, actor: Actor, device_id: str, chosen: Chosen, page: int
) -> tuple[list[Any], int]:
    """A page of the list and its number; beyond the last one stands the last one."""
    now_ms = house.clock.now_ms()
    query = query_of(chosen, now_ms, page)
    found = house.control.history(actor, device_id, query)
    if found.total and not found.listed:
        page = (found.total - 1) // PAGE_SIZE
        query = query_of(chosen, now_ms, page)
        found = house.control.history(actor, device_id, query)
    return lines(found, query, now_ms, house.zone), page


def files(actor: Actor, device_id: str, chosen: Chosen) -> list[Any]:
    """The list as filtered, as files."""
    if not actor.may("export"):
        return []
    path = f"/download/devices/{device_id}/commands.csv"
    return csv_links("Commands", path, file_search(chosen), small=False)


def lines(found: CommandPage, query: CommandQuery, now_ms: int, zone: ZoneInfo) -> list[Any]:
    """What was told, in words, each with its steps and the reasons for it."""
    if not found.listed:
        said = "Whatever it is told will stand here with each step and what its meter showed."
        if query.group != ALL or query.owner is not None:
            said = "Take a filter away, or look further back."
        return [empty("No commands", said, icon_name="history")]
    noun = "command" if found.total == 1 else "commands"
    shown = [_line(one, now_ms, zone) for one in found.listed]
    number = query.offset // PAGE_SIZE
    return [
        history(shown),
        pager(total=found.total, page=number, page_size=PAGE_SIZE, noun=noun,
              moves=MOVES[query.sort]),
    ]  # fmt: skip


def _line(one: Told, now_ms: int, zone: ZoneInfo) -> CommandLine:
    command, steps = one
    return CommandLine(
        key=command.command_id,
        when=formats.moment(command.requested_ms, now_ms, zone),
        act=words.act(command.command, command.value),
        who=_who(command),
        state=command.state,
        evidence=EVIDENCE.get(command.evidence or ""),
        reason=command.reason,
        steps=[
            (formats.clock(step.at_ms, zone, seconds=True), step.state, step.words)
            for step in steps
        ],
        why=sentences(command),
    )


def _who(command: Command) -> str:
    label = OWNERS[command.owner].label
    return label if command.owner == "default" else f"{label} · {command.owner_name}"


def marks(listed: Sequence[Told], start_ms: int, end_ms: int) -> list[tuple[int, str]]:
    """When the device was told something inside a span, and what, for a chart."""
    return [
        (at_ms, words.told(command.command, command.value))
        for command, _ in listed
        if (at_ms := command.sent_ms) is not None
        and start_ms <= at_ms <= end_ms
        and command.state not in told.FAILED
    ]
