"""Dash's one endpoint, seen as what it is: any callback, with any arguments, for anybody.

What a request asks for is checked against what the callback declares before Dash sees it, so a
forged body ends as 400, a forged value as 422, and neither inside a callback.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import dash
import orjson
from dash import Output
from dash._utils import stringify_id
from flask import request

from api.callback_values import LARGEST_WHOLE, check_values, unfit_text
from domain.foundation.errors import Malformed, Unknown

PAGE_ROUTER = ".._pages_content.children..._pages_store.data.."
"""Dash's own callback that draws the page of an address; each layout is guarded itself."""
LONGEST_ADDRESS = 2_000
LONGEST_KEY = 200


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
    _check_changed(body.get("changedPropIds", []), body["inputs"])
    _check_outputs(body.get("outputs"), entry)
    return output


def check_arguments(pages: dash.Dash, output: str) -> None:
    """Refuse values that the callback's parameters do not take; `read_output` has passed before.

    Raises:
        InvalidInput: naming each property that is not acceptable.
        Malformed: the address to be drawn is none.
    """
    body = request.get_json()
    if output == PAGE_ROUTER:
        _check_address(*(sent.get("value") for sent in body["inputs"]))
        return
    check_values(pages.callback_map[output], [*body["inputs"], *body.get("state", [])])


def _check_address(path: object, search: object) -> None:
    """The router hands every name of the query and of the path to a layout, as one text each."""
    if not isinstance(path, str) or not isinstance(search, str | None) or path[:1] != "/":
        raise Malformed("An address is a path from the root, and a query.")
    if len(path) + len(search or "") > LONGEST_ADDRESS:
        raise Malformed(f"An address has at most {LONGEST_ADDRESS:,} characters.")
    query = parse_qs((search or "").lstrip("?"))
    if any(len(values) > 1 for values in query.values()):
        raise Malformed("A name stands twice in the address.")
    for text in (unquote(path), *query, *(values[0] for values in query.values())):
        for reason in unfit_text(text):
            raise Malformed(f"The address {reason}.")


def _check_changed(changed: object, inputs: list[Any]) -> None:
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        raise Malformed("“changedPropIds” is a list of names.")
    if not changed:
        return
    sent = [one for given in inputs for one in (given if isinstance(given, list) else [given])]
    known = {f"{stringify_id(one['id'])}.{one['property']}" for one in sent}
    if not known.issuperset(changed):
        raise Malformed("“changedPropIds” names what is no input of this callback.")


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
        component = _component(wanted["id"])
        if isinstance(given, list) != _is_several(component):
            raise Malformed(f"“{field}” has a list where one value belongs, or one for several.")
        for entry in given if isinstance(given, list) else [given]:
            if not isinstance(entry, dict) or entry.get("property") != wanted["property"]:
                raise Malformed(f"“{field}” has not the properties of this callback.")
            if not _is_component(entry.get("id"), component):
                raise Malformed(f"“{field}” has not the components of this callback.")


def _component(declared: str) -> str | dict[str, Any]:
    """A declared id as the renderer sends it, its wildcards as lists of one name."""
    if not declared.startswith("{"):
        return declared
    parts: dict[str, Any] = orjson.loads(declared)
    return parts


def _is_several(component: str | dict[str, Any]) -> bool:
    return isinstance(component, dict) and any(
        part in (["ALL"], ["ALLSMALLER"]) for part in component.values()
    )


def _is_component(sent: object, wanted: str | dict[str, Any]) -> bool:
    if isinstance(wanted, str):
        return sent == wanted
    if not isinstance(sent, dict) or sent.keys() != wanted.keys():
        return False
    return all(
        _is_key(part) if isinstance(wanted[name], list) else part == wanted[name]
        for name, part in sent.items()
    )


def _is_key(part: object) -> bool:
    """Whether something is what a wildcard stands for: a short text or a whole number."""
    if isinstance(part, str):
        return len(part) <= LONGEST_KEY and not any(unfit_text(part))
    return isinstance(part, int) and abs(part) <= LARGEST_WHOLE
