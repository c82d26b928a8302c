import gc

from flask import Flask

from api.server import Hooks, Server


def test_what_is_loaded_is_never_looked_through_for_garbage():
    hooks = Hooks(load=lambda: Flask("loaded"), begin=int, end=int, ready=print)
    frozen_before = gc.get_freeze_count()
    try:
        server = Server("127.0.0.1", 0, hooks).load()
        assert isinstance(server, Flask)
        assert gc.get_freeze_count() > frozen_before
        assert all(other is not server for other in gc.get_objects())
    finally:
        gc.unfreeze()
