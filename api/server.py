"""The production server: one gunicorn worker, a thread per request or socket (dash.md §1)."""

import gc
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

THREADS = 256
GRACEFUL_STOP_S = 8
"""How long what runs beside the server has to store what has arrived; usually it takes one."""


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
        self._ended = threading.Event()
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
            "post_worker_init": self._begin,
            "worker_exit": lambda arbiter, worker: self._ended.wait(GRACEFUL_STOP_S),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def _begin(self, worker: Any) -> None:
        """Start what runs beside, and let it end as soon as the worker is told to.

        gunicorn first waits for open requests, and open sockets would use up that time.
        """
        self._hooks.begin()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            gunicorns = signal.getsignal(number)

            def end(signum: int, frame: Any, gunicorns: Any = gunicorns) -> None:
                threading.Thread(target=self._end, name="ending").start()
                gunicorns(signum, frame)

            signal.signal(number, end)

    def _end(self) -> None:
        try:
            self._hooks.end()
        finally:
            self._ended.set()

    def load(self) -> Flask:
        """Build the application in the worker."""
        server = self._hooks.load()
        # It stays as long as the process; looking through it for garbage stopped every answer
        # for 100 ms now and then.
        gc.collect()
        gc.freeze()
        return server


def _address(arbiter: Any) -> str:
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
