"""Three small Dash components of our own; their browser half is assets/components.js.

They exist for what Dash's own cannot do: inline SVG, a table that is sorted, paged and selected
without a callback per button, and a period picker that is one property.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dash.development.base_component import Component


class _Native(Component):
    """What the three share: a namespace that the renderer finds on `window`."""

    _namespace = "wattboard"
    _type = "Native"
    _properties: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **properties: Any) -> None:
        self._children_props: list[str] = []
        self._base_nodes = ["children"]
        self._prop_names = list(self._properties)
        self.available_properties = list(self._properties)
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        # Dash's constructor carries no types.
        parent: Any = super()
        parent.__init__(**{key: value for key, value in properties.items() if value is not None})


class Svg(_Native):
    """Inline SVG from markup that our own code wrote; every text in it must have been escaped."""

    _type = "Svg"
    _properties = ("id", "markup", "className")


class Events(_Native):
    """Turns clicks on its children into properties a callback can listen to.

    `data-set` (JSON) is merged into `query`; `data-select` toggles a key in `selected`; `data-act`
    with `data-value` becomes `event` {name, value, count}.
    """

    _type = "Events"
    _properties = ("id", "children", "className", "query", "selected", "event")


class PeriodPicker(_Native):
    """Its `value` is {kind, date, end, compare}; dates are ISO days in the building's zone."""

    _type = "PeriodPicker"
    _properties = ("id", "value", "today", "first", "kinds", "comparable")
