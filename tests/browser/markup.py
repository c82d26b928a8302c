"""Dash html components as a document, so that a page can be looked at without an application."""

from html import escape
from typing import Any

from dash.development.base_component import Component

VOID = {"Br", "Hr", "Img", "Input"}
RENAMED = {"className": "class", "tabIndex": "tabindex"}


def to_html(node: Any) -> str:
    """Write a tree of `html.*` components the way the browser would be given it."""
    if node is None:
        return ""
    if isinstance(node, list | tuple):
        return "".join(to_html(child) for child in node)
    if not isinstance(node, Component):
        return escape(str(node))
    known = node.to_plotly_json()
    properties = dict(known["props"])
    children = properties.pop("children", None)
    if known["type"] == "Svg":  # ours: markup in a span, as assets/components.js draws it
        return f'<span class="wb-svg {properties["className"]}">{properties["markup"]}</span>'
    tag = known["type"].lower()
    attributes = "".join(
        f' {RENAMED.get(name, name)}="{escape(_written(value))}"'
        for name, value in properties.items()
        if value is not None
    )
    if known["type"] in VOID:
        return f"<{tag}{attributes}>"
    return f"<{tag}{attributes}>{to_html(children)}</{tag}>"


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return ";".join(f"{name}:{part}" for name, part in value.items())
    return str(value)


def document(body: Any) -> str:
    """A whole page with our style sheets and scripts, as the application loads them."""
    sheets = ("vendor/bootstrap.min.css", "tokens.css", "base.css", "icons.css", "parts.css",
              "flow.css", "shell.css", "kiosk.css")  # fmt: skip
    scripts = ("flow.js", "formats.js", "kiosk.js", "live-data.js", "live-page.js", "live.js",
               "session.js")  # fmt: skip
    links = "".join(f'<link rel="stylesheet" href="/assets/{name}">' for name in sheets)
    loads = "".join(f'<script src="/assets/{name}"></script>' for name in scripts)
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8">{links}{loads}</head>'
    return f'{head}<body><main class="wb-main">{to_html(body)}</main></body></html>'
