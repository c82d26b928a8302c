"""The production server: one gunicorn worker, a thread per request or socket (dash.md §1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

THREADS = 256
GRACEFUL_STOP_S = 3


@dataclass(frozen=True)
class Hooks:
    """What happens beside serving; all but `ready` run in the worker process."""

    load: Callable[[], Flask]
    begin: Callable[[], None]
    end: Callable[[], None]
    ready: Callable[[str], None]


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings instead of a command line."""

    def __init__(self, host: str, port: int, hooks: Hooks) -> None:
        self._host, self._port, self._hooks = host, port, hooks
        super().__init__()

    def load_config(self) -> None:
        """One worker, because sockets, listener and jobs live in it exactly once."""
        bracketed = f"[{self._host}]" if ":" in self._host else self._host
        options: dict[str, Any] = {
            "bind": f"{bracketed}:{self._port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACEFUL_STOP_S,
            "timeout": 120,
            "keepalive": 15,
            "control_socket_disable": True,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "when_ready": lambda arbiter: self._hooks.ready(_address(arbiter)),
            "post_worker_init": lambda worker: self._hooks.begin(),
            "worker_exit": lambda arbiter, worker: self._hooks.end(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in the worker."""
        return self._hooks.load()


def _address(arbiter: Any) -> str:
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
