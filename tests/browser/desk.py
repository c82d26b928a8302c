"""The real application served in the process of the test, which can look behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from selenium.webdriver.common.keys import Keys
from werkzeug.serving import make_server

from tests.browsing import Browser
from tests.waiting import wait_until

PASSWORD = "four unrelated words"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Give the address under which a browser finds it."""
    web = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.server_port}"
    finally:
        web.shutdown()
        thread.join(10)
        web.server_close()


def enter(visitor: Browser, path: str) -> None:
    """Sign in as the first user and go to `path`."""
    visitor.forget()
    visitor.open("/login")
    visitor.find("input[name=username]").send_keys("admin")
    visitor.find("input[name=password]").send_keys(PASSWORD, Keys.ENTER)
    wait_until(lambda: "/login" not in visitor.driver.current_url)
    visitor.open(path)
