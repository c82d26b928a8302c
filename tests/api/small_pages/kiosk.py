import dash
from dash import Input, Output, callback, html

dash.register_page(__name__, path="/kiosk", name="Wall", permission="display.view")


def layout(**_: object) -> html.Div:
    return html.Div("the wall page", id="wall-out")


@callback(Output("wall-out", "children"), Input("wall-in", "value"))
def wall(value: object) -> str:
    return f"wall {value}"
