"""Channels, their form, the delivery log and the hosts that webhooks may reach; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button, dialog_content
from components.cards import card
from components.events import setting_line
from components.forms import (
    form,
    multi_field,
    number_field,
    select_field,
    switch_field,
    text_area,
    text_field,
)
from components.marks import chip
from components.native import Events
from components.states import banner, empty
from domain.alarms.channels import LONGEST_KEY, as_fields, clock_words
from domain.alarms.model import SEVERITIES, SEVERITY_LABELS
from domain.alarms.notice_store import Delivery
from domain.alarms.notify import Channel
from domain.foundation.clock import real_now_ms
from pages._events_rules import seconds

CHANNEL, DELETE, TABLE = "event-channel", "event-channel-delete", "events-channels"
MESSAGE, HOSTS = "event-channel-message", "events-hosts"
FIELDS = (
    "name",
    "kind",
    "address",
    "secret",
    "min_severity",
    "room_ids",
    "hours_from",
    "hours_to",
    "quiet_from",
    "quiet_to",
    "delay",
    "digest",
    "escalation",
    "enabled",
)
"""Delay, digest and escalation stand in minutes on the screen."""
_SPANS = {"delay": "delay_s", "digest": "digest_s", "escalation": "escalation_s"}
KINDS = {"mail": "Mail", "webhook": "Webhook"}
STATUS = {
    "queued": ("late", "Waits"),
    "sending": ("neutral", "Being sent"),
    "sent": ("ok", "Sent"),
    "failed": ("fault", "Not sent"),
}


def field_id(name: str) -> str:
    """The id of a field of the channel's form."""
    return f"event-channel-{name}"


def parts(
    channels: Sequence[Channel],
    log: Sequence[Delivery],
    hosts: Sequence[str] | None,
    rooms: Mapping[int, str],
    mail_is_set: bool,
    zone: ZoneInfo,
    lost_keys: Collection[int] = (),
) -> list[Any]:
    """Channels, log, and for an administrator the allowed hosts.

    `lost_keys` are the channels whose key has to be entered again.
    """
    warned = banner(
        "Mail cannot leave yet.",
        "Whoever runs Wattboard sets WATTBOARD_SMTP_URL; webhooks work without it.",
        tone="late",
    )
    return [
        None if mail_is_set else warned,
        _channels(channels, rooms, lost_keys, everybodys=hosts is not None),
        html.Div(log_card(log, zone), id="events-log"),
        None if hosts is None else hosts_card(hosts),
    ]


def _channels(
    channels: Sequence[Channel],
    rooms: Mapping[int, str],
    lost_keys: Collection[int],
    everybodys: bool,
) -> Any:
    if not channels:
        words = "Be told of faults by mail, or have a program told by a signed webhook."
        return card(None, empty("No channel yet", words, icon_name="bell"))
    lines = [
        setting_line(
            [
                html.Strong(channel.name),
                None if channel.enabled else chip("Off", "outline"),
                chip("Enter the key again", "fault", dot=True)
                if channel.channel_id in lost_keys
                else None,
            ],
            [
                f"{KINDS[channel.kind]} to {channel.address}",
                told_words(channel, rooms),
                channel.owner if everybodys else None,
            ],
            _acts(channel),
            off=not channel.enabled,
        )
        for channel in channels
    ]
    title = "Everybody's channels" if everybodys else "My channels"
    shown = html.Ul(lines, className="wb-events-list")
    return card(title, Events(id=TABLE, children=[shown]))


def _acts(channel: Channel) -> list[Any]:
    acts = (("test", "Send a test"), ("edit", "Edit"), ("delete", "Delete"))
    return [
        button(
            label,
            small=True,
            attributes={"data-act": name, "data-value": str(channel.channel_id)},
        )
        for name, label in acts
    ]


def told_words(channel: Channel, rooms: Mapping[int, str]) -> str:
    """Of what and when, in words."""
    least = SEVERITY_LABELS[channel.min_severity].lower()
    words = [f"from {least} on" if channel.min_severity != "fault" else "of faults"]
    if channel.room_ids is not None:
        names = sorted(rooms.get(i, "?") for i in channel.room_ids)
        words.append(f"in {formats.list_words(names)}")
    if channel.from_minute is not None:
        words.append(f"{_clock(channel.from_minute)} to {_clock(channel.to_minute)}")
    if channel.quiet_from_minute is not None:
        quiet = f"{_clock(channel.quiet_from_minute)} to {_clock(channel.quiet_to_minute)}"
        words.append(f"quiet {quiet}")
    for value, said in (
        (channel.delay_s, "after {}"),
        (channel.digest_s, "gathered every {}"),
        (channel.escalation_s, "if nobody acknowledged for {}"),
    ):
        if value:
            words.append(said.format(formats.span(value)))
    return ", ".join(words)


def _clock(minute: int | None) -> str:
    return clock_words(minute) or "–"


def channel_form(
    channel: Channel | None,
    rooms: Sequence[tuple[int, str]],
    key: str | None = None,
    *,
    key_is_lost: bool = False,
) -> list[Any]:
    """Who is told, of what, when; `key` signs a webhook and is shown to its owner only."""
    given = as_fields(channel) if channel else {"kind": "mail", "min_severity": "warning"}
    chosen = [str(i) for i in sorted(channel.room_ids)] if channel and channel.room_ids else []

    def text(name: str, label: str, **more: Any) -> Any:
        value = given.get(name)
        return text_field(field_id(name), label, value=str(value) if value else "", **more)

    def minutes(name: str, label: str, hint: str) -> Any:
        raw = given.get(_SPANS[name])
        value = raw / 60 if isinstance(raw, int) else 0.0
        return number_field(field_id(name), label, value=value, unit="min", low=0, hint=hint)

    webhook = channel is not None and channel.kind == "webhook"
    kept = "it stays as it is" if channel else "one is made"
    lost = "It can be read no more: the secret key of Wattboard has changed. Enter it again."
    return dialog_content(
        channel.name if channel else "New channel",
        form(
            text("name", "Name", max_length=80),
            select_field(
                field_id("kind"), "By", list(KINDS.items()), value=str(given["kind"])
            ),
            text("address", "Address", placeholder="name@example.org or https://…",
                 wide=True),
            text_field(
                field_id("secret"), "Signature key of a webhook", max_length=LONGEST_KEY,
                value=key if webhook and key else "", wide=True,
                placeholder="" if key_is_lost else f"left empty, {kept}",
                error=lost if key_is_lost else "",
            ),
            select_field(
                field_id("min_severity"), "From severity",
                [(s, SEVERITY_LABELS[s]) for s in SEVERITIES], value=str(given["min_severity"]),
            ),
            switch_field(
                field_id("enabled"), "Switched on", value=channel.enabled if channel else True
            ),
            multi_field(
                field_id("room_ids"), "Only rooms", [(str(i), n) for i, n in rooms],
                value=chosen, placeholder="all rooms",
            ),
            text("hours_from", "Only what rings from", placeholder="07:30"),
            text("hours_to", "to", placeholder="18:00"),
            text("quiet_from", "Quiet from", placeholder="22:00"),
            text("quiet_to", "to", placeholder="06:00"),
            minutes("delay", "Wait", "What is over by then is not told"),
            minutes("digest", "Gather", "One message for each such span"),
            minutes("escalation", "Only if not acknowledged for", "0: told at once"),
            columns=2,
            message_id=MESSAGE,
        ),
    )  # fmt: skip


def fields_of(values: Mapping[str, Any]) -> dict[str, object]:
    """What the form says, as the use case takes it."""
    said: dict[str, object] = {k: v for k, v in values.items() if k not in _SPANS}
    for name, field in _SPANS.items():
        span = seconds(values.get(name))
        said[field] = round(span) if isinstance(span, float) and isfinite(span) else span
    return said


def log_card(log: Sequence[Delivery], zone: ZoneInfo) -> Any:
    """What was sent, newest first."""
    again = button("Refresh", id="events-log-refresh", small=True, icon_name="refresh")
    if not log:
        words = "Every message stands here with what became of it."
        return card("Sent messages", empty("Nothing was sent yet", words), actions=again)
    now_ms = real_now_ms()
    lines = [
        setting_line(
            [html.Strong(sent.subject), chip(STATUS[sent.status][1], STATUS[sent.status][0])],
            [
                formats.moment(sent.created_ms, now_ms, zone),
                f"{sent.channel_name}, {sent.address}",
                *_trouble(sent, now_ms, zone),
            ],
            (),
        )
        for sent in log
    ]
    return card("Sent messages", html.Ul(lines, className="wb-events-list"), actions=again)


def _trouble(sent: Delivery, now_ms: int, zone: ZoneInfo) -> list[str]:
    """Why it has not left, and when it is tried again."""
    if sent.status == "sent" or not sent.error:
        return []
    tries = f" (try {sent.attempts})" if sent.attempts > 1 else ""
    said = [f"{sent.error}{tries}"]
    if sent.status == "queued":
        said.append(f"again {formats.moment(sent.next_ms, now_ms, zone)}")
    return said


def hosts_card(hosts: Sequence[str]) -> Any:
    """The list an administrator keeps."""
    hint = "One host or address a line. Webhooks reach nothing inside the network but these."
    return card(
        "Allowed inside hosts",
        html.Div(
            [
                text_area(HOSTS, "Hosts", value="\n".join(hosts), rows=3, hint=hint),
                html.Div(id="events-hosts-message", className="wb-form-error", role="alert"),
                button("Save hosts", id="events-hosts-save", small=True),
            ],
            className="wb-hosts",
        ),
    )


def delete_form(channel: Channel) -> list[Any]:
    """What deleting does."""
    return dialog_content(
        "Delete channel",
        target=f"{channel.name}, {channel.address}",
        effects=[("Messages", "what waits is not sent; the log stays")],
    )
