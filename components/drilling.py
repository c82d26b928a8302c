"""The banner of a drill under way, on every page."""

from __future__ import annotations

from typing import Any

from dash import dcc

from components.states import banner

NEWS = "wb-drill-news"
"""A store that assets/drills.js writes to when a drill begins, goes on or is over."""
BANNER = "wb-drill-banner"


def drill_banner(fault: str, device: str | None, until: str | None) -> Any:
    """Which fault, on which device, until when; the way to the page where it can be followed."""
    on = f" on {device}" if device else ""
    lasts = f" until {until} at the latest" if until else ""
    link = dcc.Link("Follow it", href="/drills", className="wb-banner-act")
    return banner(
        "A drill is under way",
        f"{fault}{on}{lasts}. What it lets fail is put back by itself.",
        tone="warning",
        action=link if device else None,
        icon_name="shield",
    )
