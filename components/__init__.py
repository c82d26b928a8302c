"""What pages are made of: pure functions of plain data that return Dash components and figure dicts."""

from components import figures, formats, ids, tokens
from components.buttons import (
    button,
    command_state,
    confirm_dialog,
    dialog_content,
    form_dialog,
    icon_button,
    link_button,
)
from components.cards import card, grid, needs_row, page, page_head, row, skeleton, tile
from components.charts import GRAPH_CONFIG, chart, legend, strip_chart
from components.energy_figures import BarSeries, DayCurve, bars, day_curve
from components.figures import Line, Strip
from components.forms import (
    checklist_field,
    errors_for,
    form,
    multi_field,
    number_field,
    search_field,
    segments,
    select,
    select_field,
    switch_field,
    text_area,
    text_field,
)
from components.icons import icon
from components.marks import (
    age,
    aria,
    chip,
    classes,
    control_chip,
    data,
    key_value,
    state_chip,
    value,
)
from components.native import Events, Svg
from components.periods import Choice, chosen, period_picker
from components.sparklines import sparkline
from components.states import banner, empty, failed, no_access, toast
from components.tables import (
    Column,
    Row,
    data_table,
    name_cell,
    pager,
    simple_table,
    table_body,
)

__all__ = [
    "GRAPH_CONFIG", "BarSeries", "Choice", "Column", "DayCurve", "Events", "Line", "Row", "Strip",
    "Svg", "age", "aria", "banner", "bars", "button", "card", "chart", "checklist_field", "chip",
    "chosen", "classes", "command_state", "confirm_dialog", "control_chip", "data", "data_table",
    "day_curve", "dialog_content", "empty", "errors_for", "failed", "figures", "form", "form_dialog",
    "formats", "grid", "icon", "icon_button", "ids", "key_value", "legend", "link_button",
    "multi_field", "name_cell", "needs_row", "no_access", "number_field", "page", "page_head",
    "pager", "period_picker", "row", "search_field", "segments", "select", "select_field",
    "simple_table", "skeleton", "sparkline", "state_chip", "strip_chart", "switch_field",
    "table_body", "text_area", "text_field", "tile", "toast", "tokens", "value",
]  # fmt: skip
