"""Compression: static files at brotli's best, once each; everything else as it comes.

gzip on each request made pages slower than no compression at all (reference dash.md §3), so a
static file is compressed once: at a quick level for whoever asks first, then at the best level
in the background, and kept in memory.
"""

import hashlib
import queue
import threading
from collections import OrderedDict

import brotli
from flask import Flask, Response, request
from flask_compress import Compress

_QUICK, _BEST = 5, 11
_SMALLEST_BYTES = 500
_MOST_KEPT = 400
_STATIC = ("/assets/", "/_dash-component-suites/")
_TYPES = frozenset(
    {"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"}
    | {"text/html", "text/plain", "application/manifest+json"}
)


class BrotliShelf:
    """Compressed static files by their content; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._improver: threading.Thread | None = None

    def get(self, key: str, data: bytes) -> bytes:
        """Return `data` compressed: the best there is now, a quick one the first time."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        quick = brotli.compress(data, quality=_QUICK)
        self._keep(key, quick)
        self._waiting.put((key, data))
        self._start_improving()
        return bytes(quick)

    def _keep(self, key: str, compressed: bytes) -> None:
        with self._lock:
            self._kept[key] = compressed
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)

    def _start_improving(self) -> None:
        with self._lock:
            if self._improver is not None and self._improver.is_alive():
                return
            self._improver = threading.Thread(target=self._improve, name="brotli", daemon=True)
            self._improver.start()

    def _improve(self) -> None:
        """Compress what waits at the best level, then end; brotli leaves the others the lock."""
        while True:
            try:
                key, data = self._waiting.get(timeout=5)
            except queue.Empty:
                return
            self._keep(key, brotli.compress(data, quality=_BEST))


def compress_responses(server: Flask) -> None:
    """Compress what goes out, where the browser takes it."""
    server.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_REGISTER=False,
    )
    others = Compress(server)
    shelf = BrotliShelf()

    @server.after_request
    def compress(response: Response) -> Response:
        if request.path == "/ws":
            return response
        if not request.path.startswith(_STATIC):
            compressed: Response = others.after_request(response)
            return compressed
        return _compress_static(response, shelf)


def _compress_static(response: Response, shelf: BrotliShelf) -> Response:
    response.headers["Vary"] = "Accept-Encoding"
    takes_brotli = request.accept_encodings["br"] > 0
    if not takes_brotli or response.status_code != 200 or response.mimetype not in _TYPES:
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < _SMALLEST_BYTES:
        return response
    # By content, not by address: a made-up fingerprint in a path must not fill the shelf.
    tag = hashlib.blake2b(data, digest_size=16).hexdigest()
    response.set_data(shelf.get(tag, data))
    response.headers["Content-Encoding"] = "br"
    response.set_etag(f"{tag}-br")
    response.make_conditional(request)
    return response
