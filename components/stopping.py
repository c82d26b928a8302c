"""Stopping all automatic control: the button of every page, its dialog, and the banner after it."""

from __future__ import annotations

from typing import Any

from dash import html

from components.buttons import button, dialog_content
from components.forms import field, form, segments, text_field
from components.states import banner

NEWS = "wb-stop-news"
"""A store that assets/stopping.js writes to when automatic control is stopped or resumed."""
SLOT, BANNER, OPEN, RESUME = "wb-stop-slot", "wb-stop-banner", "wb-stop-open", "wb-stop-resume"
DIALOG, TYPED, REASON, LASTS, MESSAGE = (
    "stop-all",
    "stop-all-typed",
    "stop-all-reason",
    "stop-all-lasts",
    "stop-all-message",
)
WORD = "stop"
DURATIONS = (("30", "30 min"), ("60", "1 h"), ("240", "4 h"), ("1440", "1 day"))


def stop_button() -> Any:
    """Outlined red, at the right end of the top bar; an icon on the phone."""
    label = html.Span("Stop automatic control")
    title = "Stop all automatic control: rules, plans, demand response, trades"
    return button(label, id=OPEN, kind="stop", icon_name="stop", small=True, title=title)


def stop_form() -> list[Any]:
    """How long and why, and the typed word that a site-wide act asks for."""
    return dialog_content(
        "Stop all automatic control",
        form(
            field(LASTS, "For", segments(LASTS, list(DURATIONS), value="60", label="For")),
            text_field(REASON, "Reason", placeholder="Fire drill", max_length=300),
            text_field(TYPED, f"Type {WORD} to confirm", max_length=10),
            message_id=MESSAGE,
        ),
        target="Rules, plans, demand response and trades rest in the whole building. "
        "Manual commands, lock-outs and safety go on.",
    )


def stop_banner(by: str, until: str, reason: str, *, may_resume: bool) -> Any:
    """By whom and until when, with the way back."""
    said = f": {reason}" if reason else ""
    resume = button("Resume", id=RESUME, kind="quiet", small=True) if may_resume else None
    return banner(
        "Automatic control is stopped",
        f"by {by} until {until}{said}. Manual commands go on.",
        tone="fault",
        action=resume,
        icon_name="stop",
    )
