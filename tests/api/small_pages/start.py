import dash
from dash import Input, Output, callback, html

dash.register_page(__name__, path="/", name="Start", permission="analytics.view")


def layout(**_: object) -> html.Div:
    return html.Div("the start page", id="start-out")


@callback(Output("start-out", "children"), Input("start-in", "value"))
def echo(value: object) -> str:
    return f"start {value}"
