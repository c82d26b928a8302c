"""Dash's one endpoint, seen as what it is: any callback, with any arguments, for anybody.

What a request asks for is checked against what the callback declares before Dash sees it, so a
forged body ends as 400 and never inside a callback.
"""

from collections.abc import Mapping
from typing import Any

import dash
from dash import Output
from flask import request

from domain.foundation.errors import Malformed, Unknown

PAGE_ROUTER = ".._pages_content.children..._pages_store.data.."
"""Dash's own callback that draws the page of an address; each layout is guarded itself."""


def required_permissions(pages: dash.Dash, output: str) -> set[str]:
    """Name what a callback asks for: its page's permission and its own; empty means nobody.

    Raises:
        Unknown: no such callback, or one that runs in the browser only.
    """
    if output == PAGE_ROUTER:
        return set()
    function = (pages.callback_map.get(output) or {}).get("callback")
    if function is None:
        raise Unknown("callback", output[:200])
    page: Mapping[str, Any] = dash.page_registry.get(function.__module__, {})
    needed = {page.get("permission"), getattr(function, "__wattboard_permission__", None)}
    return {str(permission) for permission in needed if permission is not None}


def read_output(pages: dash.Dash) -> str:
    """Read which callback the request wants, and check that its arguments have the right shape.

    Raises:
        Malformed: the body is not what Dash's renderer sends for this callback.
        Unknown: no such callback.
    """
    if not request.is_json:
        raise Malformed("Send JSON.", code="not_json")
    body = request.get_json()
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        raise Malformed("A callback request is an object with an “output”.")
    output: str = body["output"]
    entry = pages.callback_map.get(output)
    if entry is None or "callback" not in entry:
        raise Unknown("callback", output[:200])
    _check_dependencies("inputs", body.get("inputs"), entry["inputs"])
    _check_dependencies("state", body.get("state", []), entry["state"])
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        raise Malformed("“changedPropIds” is a list of names.")
    _check_outputs(body.get("outputs"), entry)
    return output


def _check_outputs(sent: object, entry: Mapping[str, Any]) -> None:
    if entry.get("no_output"):
        return
    declared = entry["output"]
    if not isinstance(declared, list | tuple):
        declared, sent = [declared], [sent]
    if not isinstance(sent, list) or len(sent) != len(declared):
        raise Malformed("“outputs” has not the entries of this callback.")
    for group, wanted in zip(sent, declared, strict=True):
        for output in group if isinstance(group, list) else [group]:
            if not _is_output(output, wanted):
                raise Malformed("“outputs” has not the components of this callback.")


def _is_output(sent: object, wanted: Output) -> bool:
    if not isinstance(sent, dict) or not isinstance(sent.get("property"), str):
        return False
    if not isinstance(sent.get("id"), str | dict):
        return False
    # The renderer marks a second writer of the same property by "@" and a number.
    return bool(Output(sent["id"], sent["property"].partition("@")[0]) == wanted)


def _check_dependencies(field: str, sent: object, declared: list[dict[str, Any]]) -> None:
    if not isinstance(sent, list) or len(sent) != len(declared):
        raise Malformed(f"“{field}” has not the entries of this callback.")
    for given, wanted in zip(sent, declared, strict=True):
        several = isinstance(given, list)
        if several and "{" not in str(wanted["id"]):
            raise Malformed(f"“{field}” has a list where one value belongs.")
        for entry in given if several else [given]:
            if not isinstance(entry, dict) or entry.get("property") != wanted["property"]:
                raise Malformed(f"“{field}” has not the properties of this callback.")
            if not several and "{" not in str(wanted["id"]) and entry.get("id") != wanted["id"]:
                raise Malformed(f"“{field}” has not the components of this callback.")
