"""The frame around every page: navigation, top bar, banners, tabs; and the HTML document.

Pure: `pages/_shell.py` brings the data. Below 992 px the navigation is an offcanvas and tabs at the
bottom, to 1199 px a rail of icons, above it is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import formats, ids
from components.icons import icon
from components.marks import Children, aria, chip, classes, data, value
from components.search import Hit, search_dialog

# Loaded by the document itself or by the first chart; Dash must not add them again.
ASSETS_IGNORE = r"(plotly-.*\.min\.js|bootstrap\.min\.css|theme-boot\.js|inter.*\.woff2)$"
# What the first chart loads, named so that it is under way before the page knows its charts;
# assets/00-plotly-url.js says the same to Dash.
PLOTLY_URL = "/assets/vendor/plotly-wattboard-4.1.1.min.js?v=4.1.1"


@dataclass(frozen=True)
class NavItem:
    """One place to go; `tab` puts it on the phone's bottom bar."""

    label: str
    href: str
    icon: str
    group: str = ""
    tab: bool = False
    count: int = 0


@dataclass(frozen=True)
class UserView:
    """Who is signed in, as the menu shows it."""

    name: str
    role: str

    @property
    def initials(self) -> str:
        """One or two letters."""
        parts = self.name.replace(".", " ").replace("_", " ").split()
        letters = [part[0] for part in parts[:2]] or ["?"]
        return "".join(letters).upper()


@dataclass(frozen=True)
class WeatherView:
    """Outdoor values of a weather sensor; `words` only where the data carry them."""

    temperature_c: float | None
    live: str = "system/outside/temperature_c"
    state: str = "fresh"
    icon: str = "partly-cloudy"
    words: str | None = None


def shell(
    content: Any,
    *,
    nav: Sequence[NavItem],
    building: str,
    user: UserView | None,
    zone: ZoneInfo,
    now_ms: int,
    demo: bool = False,
    speed: float = 1.0,
    weather: WeatherView | None = None,
    search: Sequence[Hit] | None = None,
    bell: Any = None,
    stop: Any = None,
    stopped: Any = None,
    drilled: Any = None,
    dialogs: Sequence[Any] = (),
) -> html.Div:
    """The frame with `content` (the page container) inside.

    Args:
        content: What stands in the main area.
        nav: The places this person may go to.
        building: Its name.
        user: Who is signed in; None leaves the menu out.
        zone: The building's.
        now_ms: Building time at the making of this page; live.js keeps it going.
        demo: Shows the DEMO chip.
        speed: Building seconds a second; other than 1 is said in a banner.
        weather: From a weather sensor, if there is one.
        search: What the search offers before anything is typed; None leaves it out.
        bell: What needs acknowledging, from components/events.py.
        stop: The button that stops all automatic control, from components/stopping.py.
        stopped: The banner while it is stopped.
        drilled: The banner of a drill under way, from components/drilling.py.
        dialogs: What the frame itself opens.
    """
    fast = speed != 1
    banners = [drilled, stopped, connection_banner()]
    if fast:
        words = f"building time × {speed:g}"
        banners.append(
            html.Div(
                [icon("clock"), html.Span([html.Strong(words.capitalize()),
                 "  Hours pass faster here than on your watch."], className="wb-banner-words")],
                className="wb-banner wb-banner-accent wb-speed",
                role="note",
            )
        )  # fmt: skip
    return html.Div(
        [
            html.A("Skip to the page", href="#wb-main", className="wb-skip"),
            side_nav(nav, search=search is not None),
            html.Div(
                [
                    top_bar(
                        building=building, user=user, zone=zone, now_ms=now_ms, demo=demo,
                        weather=weather, bell=bell, stop=stop,
                    ),
                    html.Div(banners, className="wb-banners"),
                    html.Main(content, id="wb-main", className="wb-main", tabIndex=-1),
                ],
                className="wb-column",
            ),
            bottom_tabs(nav),
            phone_menu(nav, user=user, search=search is not None),
            search_dialog(search) if search is not None else None,
            *dialogs,
            _corner(),
        ],
        className="wb-shell",
        **data(speed=speed),
    )  # fmt: skip


def _corner() -> html.Div:
    """Lower right: what assets/notices.js makes, what it says aloud, and toasts of callbacks."""
    return html.Div(
        [
            html.Div(id="wb-notices", className="wb-notices"),
            html.Div(id="wb-announce", className="visually-hidden", role="status"),
            html.Div(id=ids.TOASTS, className="wb-toasts", **aria(live="polite")),
        ],
        className="wb-corner",
    )


def logo() -> html.Span:
    """The mark: a W in a square, its dot the sun."""
    return html.Span(className="wb-logo", **aria(hidden="true"))


def _nav_link(item: NavItem, css: str) -> dbc.NavLink:
    count = html.Span(str(item.count), className="wb-count") if item.count else None
    return dbc.NavLink(
        [icon(item.icon), html.Span(item.label, className="wb-nav-label"), count],
        href=item.href,
        active="exact" if item.href == "/" else "partial",
        class_name=css,
    )


def nav_groups(nav: Sequence[NavItem]) -> list[Any]:
    """The links under their group names, in order."""
    shown: list[Any] = []
    group = ""
    for item in nav:
        if item.group != group:
            group = item.group
            shown.append(html.Div(group, className="wb-nav-group"))
        shown.append(_nav_link(item, "wb-nav-link"))
    return shown


def side_nav(nav: Sequence[NavItem], *, search: bool = False) -> html.Nav:
    """The column at the left; a rail of icons between 992 and 1199 px."""
    box = html.Button(
        [icon("search"), html.Span("Search", className="wb-nav-label"), html.Kbd("Ctrl K")],
        className="wb-nav-search",
        type="button",
        title="Search (Ctrl K)",
        **data(search_open="1"),
    )
    return html.Nav(
        [
            dcc.Link(
                [logo(), html.Span("Wattboard", className="wb-nav-label")],
                href="/",
                className="wb-brand",
            ),
            box if search else None,
            *nav_groups(nav),
        ],
        className="wb-nav",
        **aria(label="Pages"),
    )


def bottom_tabs(nav: Sequence[NavItem]) -> html.Nav:
    """The phone's tabs: the pages most gone to, and More."""
    tabs = [_nav_link(item, "wb-tab") for item in nav if item.tab][:4]
    more = html.Button(
        [icon("menu"), html.Span("More")],
        id="wb-more-open",
        className="wb-tab",
        type="button",
    )
    return html.Nav([*tabs, more], className="wb-tabs", **aria(label="Main pages"))


def phone_menu(
    nav: Sequence[NavItem], *, user: UserView | None, search: bool = False
) -> dbc.Offcanvas:
    """Search, all pages and the person's menu, from the side."""
    box = html.Button(
        [icon("search"), "Search"],
        id="wb-find-more",
        className="wb-nav-search",
        type="button",
        **data(search_open="1"),
    )
    return dbc.Offcanvas(
        [
            box if search else None,
            html.Nav(nav_groups(nav), className="wb-nav-list", **aria(label="All pages")),
            html.Hr(),
            theme_choice(),
            *(_user_lines(user) if user else []),
        ],
        id="wb-more",
        title="Wattboard",
        placement="end",
        is_open=False,
        class_name="wb-offcanvas",
    )


def top_bar(
    *,
    building: str,
    user: UserView | None,
    zone: ZoneInfo,
    now_ms: int,
    demo: bool,
    weather: WeatherView | None,
    bell: Any = None,
    stop: Any = None,
) -> html.Header:
    """Building, its time and weather at the left; connection, DEMO and the person at the right."""
    outside = None
    if weather is not None:
        outside = html.Span(
            [
                icon(weather.icon, size=18, label="Outside"),
                value(weather.temperature_c, "outside", live=weather.live),
                html.Span(weather.words, className="wb-weather-words") if weather.words else None,
            ],
            className="wb-weather",
            title="Outside, by the weather sensor",
            **data(fresh=weather.live, state=weather.state),
        )
    return html.Header(
        [
            html.Button(
                icon("menu", size=20),
                id="wb-menu-open",
                className="wb-menu-open",
                type="button",
                **aria(label="Menu"),
            ),
            dcc.Link(logo(), href="/", className="wb-brand-small", title="Overview"),
            html.Span(
                building,
                id=ids.BUILDING,
                className="wb-building",
                **data(live_word="system/building/name"),
            ),
            html.Span(
                [
                    html.Span(formats.day(now_ms, zone), **data(clock="date")),
                    " ",
                    html.B(formats.clock(now_ms, zone), **data(clock="minutes")),
                ],
                className="wb-time",
            ),
            outside,
            html.Span(className="wb-spring"),
            connection_chip(),
            demo_chip() if demo else None,
            stop,
            bell,
            user_menu(user) if user else None,
        ],
        className="wb-top",
    )


def connection_chip() -> html.Span:
    """Live with the age of the newest value, or not; live.js writes it."""
    return html.Span(
        [html.Span(className="wb-dot"), html.Span("Connecting", **data(part="text"))],
        className="wb-chip wb-connection-chip",
        role="status",
        **data(connection="1", state="connecting"),
    )


def connection_banner() -> html.Div:
    """The line that appears when the connection is lost: since when, and retry."""
    return html.Div(
        [
            icon("clock"),
            html.Span("", className="wb-banner-words", **data(part="text")),
            html.Button("Retry", type="button", className="wb-banner-act", **data(part="retry")),
        ],
        id=ids.CONNECTION,
        className="wb-banner wb-banner-late wb-connection",
        role="status",
        **data(state="connecting"),
    )


def demo_chip() -> html.Span:
    """Says on every page that the building is not a real one."""
    return chip(
        ["DEMO", html.Span(" · simulated building", className="wb-demo-more")],
        "accent",
        title="A simulated building: nothing here moves a real device",
        className="wb-demo",
    )


def theme_choice() -> html.Div:
    """Light, dark or as the system; assets/theme.js acts on it and remembers it."""
    choices = (("light", "Light", "sun"), ("dark", "Dark", "moon"), ("system", "System", "system"))
    return html.Div(
        [
            html.Button(
                [icon(name, size=14), label],
                type="button",
                className="wb-segment",
                role="radio",
                **aria(checked="false"),
                **data(theme_choice=key),
            )
            for key, label, name in choices
        ],
        className="wb-segments wb-theme",
        role="radiogroup",
        **aria(label="Theme"),
    )


def _user_lines(user: UserView) -> list[Any]:
    return [
        html.Div([html.Strong(user.name), html.Span(user.role)], className="wb-user-head"),
        dcc.Link([icon("person"), "Account"], href="/account", className="wb-menu-item"),
        html.Form(
            html.Button([icon("sign-out"), "Sign out"], type="submit", className="wb-menu-item"),
            action="/logout",
            method="post",
        ),
    ]


def user_menu(user: UserView) -> html.Details:
    """The person's menu: name, role, theme, account, sign out (a POST)."""
    return html.Details(
        [
            html.Summary(
                user.initials,
                className="wb-avatar",
                title=f"{user.name}, {user.role}",
            ),
            html.Div(
                [*_user_lines(user)[:1], theme_choice(), *_user_lines(user)[1:]],
                className="wb-user-menu",
            ),
        ],
        className="wb-user",
    )


def _asset(path: str) -> str:
    """The address of an asset with its age, so that a year of caching is safe."""
    file = Path(__file__).parent.parent / "assets" / path
    return f"/assets/{path}?m={int(file.stat().st_mtime)}"


def index_string(zone: str = "UTC") -> str:
    """The HTML document Dash fills: style and font first, the theme before the first paint."""
    return f"""<!DOCTYPE html>
<html lang="en" data-bs-theme="light" data-zone="{zone}">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>{{%title%}}</title>
<link rel="icon" type="image/svg+xml" href="{_asset("favicon.svg")}">
<script src="{_asset("theme-boot.js")}"></script>
<link rel="preload" as="font" type="font/woff2" crossorigin
 href="/assets/vendor/fonts/inter-latin-opsz-normal.woff2">
<link rel="stylesheet" href="{_asset("vendor/bootstrap.min.css")}">
<link rel="preload" as="script" href="{PLOTLY_URL}">
<link rel="preload" as="script" href="/_dash-component-suites/dash/dcc/async-graph.js">
{{%css%}}
</head>
<body>
{{%app_entry%}}
<footer>
{{%config%}}
{{%scripts%}}
{{%renderer%}}
</footer>
</body>
</html>"""


INDEX_STRING = index_string()


def wall_shell(content: Children, *, className: str = "") -> html.Div:
    """The frame of a wall page: dark, no navigation, no scroll."""
    return html.Div(
        content,
        className=classes("wb-wall", className),
        **data(bs_theme="dark", wall="1"),
    )
