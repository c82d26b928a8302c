"""The same pages served by Dash as it comes, for `bench.page`.

    python -m bench.page_reference PORT DIR

No compression, Dash's own plotly.js, default caching headers; it reads the database and clock of
the demo in DIR, everybody is its facility manager, and nothing is written.
"""

import sys
from pathlib import Path
from typing import Any

import dash
from flask import Flask

from api.server import Hooks, Server
from components import shell
from data_ingest.demo import building_clock
from domain.access.current import set_current
from domain.access.policy import Actor
from domain.house import House, set_house
from domain.storage.engine import Database
from settings import Settings
from tests.running import DEMO, ROOT

OURS_ONLY = r"|plotly-url\.js$"
"""The script that makes dcc.Graph load our bundle instead of Dash's own."""


def create(data_dir: Path) -> Flask:
    """Compose the house over the demo's database and hand its pages to a plain Dash."""
    settings = Settings.from_env({**DEMO, "WATTBOARD_DATA_DIR": str(data_dir)})
    database = Database(settings.database_url)
    set_house(House.compose(settings, clock=building_clock(settings), database=database))
    server = Flask("reference", static_folder=None)
    visitor = Actor(name="manager", role="manager")
    server.before_request(lambda: set_current(visitor))
    from pages import _shell

    host: Any = server  # Dash's own annotation of `server` leaves Flask out
    app = dash.Dash(
        "reference",
        server=host,
        use_pages=True,
        pages_folder=str(ROOT / "pages"),
        assets_folder=str(ROOT / "assets"),
        assets_ignore=shell.ASSETS_IGNORE + OURS_ONLY,
        index_string=shell.INDEX_STRING,
        suppress_callback_exceptions=True,
    )
    app.layout = _shell.layout
    return server


def main() -> None:
    """Serve until told to stop."""
    port, data_dir = int(sys.argv[1]), Path(sys.argv[2])
    hooks = Hooks(
        load=lambda: create(data_dir),
        begin=lambda: None,
        end=lambda: None,
        ready=lambda address: print(address, flush=True),
    )
    Server("127.0.0.1", port, hooks).run()


if __name__ == "__main__":
    main()
