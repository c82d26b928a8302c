import dash
from dash import ALL, Input, Output, callback, html

from domain.access.current import current_actor
from domain.access.policy import needs

dash.register_page(__name__, path="/people", name="People", permission="displays.manage")


def layout(**_: object) -> html.Div:
    return html.Div("the secret list of people", id="people-out")


@callback(Output("people-out", "children"), Input("people-in", "value"))
def show(value: object) -> str:
    return f"people for {current_actor().name}"


@callback(
    Output("people-gone", "children"),
    Output("people-left", "children"),
    Input({"type": "remove", "index": ALL}, "n_clicks"),
)
@needs("users.manage")
def remove(clicks: object) -> tuple[str, str]:
    return "removed", "nobody"
