"""A file of any length to its documents, one after the other, in constant memory.

One document a line, an array of them, or one object with collections by name; pretty-printed or
not. What cannot be read is passed over to the next document, with its line.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.inbox.decode import parse
from domain.inbox.refusal import Refused

LONGEST_DOCUMENT = 2 * 1_048_576
"""A snapshot of sixty devices has 15 kB."""
_LOW = 65_536
_BLANK = re.compile(rb"[ \t\r\n,]+")
_TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\[^\n])*+("|\\?\n|\\?\Z)|[{}\[\]\n]')
_DEEPER = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_SCALAR = re.compile(rb"[^,\]}\n]*")
_KEY = re.compile(rb'"((?:[^"\\\n]++|\\[^\n])*+)"[ \t\r\n]*:[ \t\r\n]*')
_COLLECTIONS = re.compile(rb'\{[ \t\r\n]*"[^"\\\n]{1,200}"[ \t\r\n]*:[ \t\r\n]*\[')


@dataclass(frozen=True, slots=True)
class Piece:
    """One document with its line, or why there is none; `collection` is the key it stood under."""

    line: int
    value: Any = None
    collection: str | None = None
    refused: Refused | None = None


def read_value(payload: bytes) -> Any:
    """Decode one document; NaN and Infinity, which Python writes, stay to be refused by field.

    Raises:
        Refused: `malformed`.
    """
    try:
        return parse(payload)
    except Refused as refused:
        if b"NaN" not in payload and b"Infinity" not in payload:
            raise
        try:
            return json.loads(payload)
        except (ValueError, RecursionError):
            raise refused from None


class Splitter:
    """Reads chunks of UTF-8 and gives pieces; for one pass."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._at = 0
        self._line = 1
        self._newline = -1
        self._ended = False

    def pieces(self) -> Iterator[Piece]:
        """Every document of the file; an object with collections comes whole where it is short."""
        while self._next() is not None:
            first = self._buffer[self._at : self._at + 1]
            if first == b"[":
                self._step(1)
                yield from self._elements(None)
            elif first == b"{" and self._holds_collections():
                self._step(1)
                yield from self._collections()
            elif first == b"{":
                yield self._document(None)
            else:
                yield self._stray()

    def _elements(self, collection: str | None) -> Iterator[Piece]:
        while (first := self._next()) is not None:
            if first == b"]":
                self._step(1)
                return
            yield self._document(collection)
        yield self._broken_off(collection)

    def _collections(self) -> Iterator[Piece]:
        while (first := self._next()) is not None:
            if first == b"}":
                self._step(1)
                return
            key = _KEY.match(self._buffer, self._at)
            if key is None:
                yield self._stray()
                continue
            name = key[1].decode("utf-8", "replace")[:200]
            self._step(key.end() - self._at)
            if self._next() == b"[":
                self._step(1)
                yield from self._elements(name)
            elif not self._ended or self._at < len(self._buffer):
                yield self._document(name)
        yield self._broken_off(None)

    def _holds_collections(self) -> bool:
        """Whether this object is too long for a document and begins with a list under a name."""
        if not _COLLECTIONS.match(self._buffer, self._at):
            return False
        return self._line_value() is None and self._end() is None

    def _document(self, collection: str | None) -> Piece:
        line = self._line
        found = self._line_value()
        if found is not None:
            value, end = found
            self._step(end - self._at)
            return Piece(line, value, collection)
        length = self._end()
        if length is None:
            self._skip_line()
            words = f"More than {LONGEST_DOCUMENT:,} bytes in one document; its line is left out."
            return Piece(line, None, collection, Refused("too_large", words))
        payload = self._buffer[self._at : self._at + length]
        self._step(max(length, 1))
        try:
            return Piece(line, read_value(payload), collection)
        except Refused as refused:
            return Piece(line, None, collection, refused)

    def _line_value(self) -> tuple[Any, int] | None:
        """The usual case, a document that is a line: read at once, without looking for its end."""
        if self._newline < self._at:
            found = self._buffer.find(b"\n", self._at)
            self._newline = len(self._buffer) if found < 0 else found
        stop = self._newline
        text = self._buffer[self._at : min(stop, self._at + _LOW)].rstrip(b" \t\r,")
        if not text.endswith(b"}") or stop - self._at > _LOW:
            return None
        try:
            return parse(text), self._at + len(text)
        except Refused:
            return None

    def _end(self) -> int | None:
        """Length of the value that begins here, None where it is longer than a document may be.

        A line break inside a text, and a line that begins a document while one is open, say that
        the one before was broken off.
        """
        first = self._buffer[self._at : self._at + 1]
        if first not in _DEEPER:
            return self._scalar_end(first)
        scan, depth = 0, 0
        while True:
            token = _TOKEN.search(self._buffer, self._at + scan)
            if token is None or token[1] in (b"", b"\\"):  # cut by the end of the chunk
                scan = (token.start() if token else len(self._buffer)) - self._at
                if len(self._buffer) - self._at > LONGEST_DOCUMENT:
                    return None
                if not self._refill():
                    return len(self._buffer) - self._at
                continue
            scan = token.end() - self._at
            if scan > LONGEST_DOCUMENT:
                return None
            mark = token[0][-1:]
            depth += _DEEPER.get(mark, 0)
            if depth <= 0 or (mark == b"\n" and self._begins_document(scan)):
                return scan

    def _begins_document(self, scan: int) -> bool:
        if self._at + scan + 2 > len(self._buffer):
            self._refill()
        return self._buffer[self._at + scan : self._at + scan + 2] == b'{"'

    def _scalar_end(self, first: bytes) -> int:
        if first != b'"':
            found = _SCALAR.match(self._buffer, self._at)
            return (found.end() if found else self._at) - self._at
        token = _TOKEN.match(self._buffer, self._at)
        return token.end() - self._at if token else len(self._buffer) - self._at

    def _stray(self) -> Piece:
        """Text where a document should begin: passed over to the next line."""
        line = self._line
        shown = self._buffer[self._at : self._at + 20].decode("utf-8", "replace")
        self._skip_line()
        return Piece(line, None, None, Refused("malformed", f"“{shown}” begins no document."))

    def _broken_off(self, collection: str | None) -> Piece:
        return Piece(
            self._line, None, collection, Refused("broken_off", "The file ends inside a list.")
        )

    def _skip_line(self) -> None:
        while True:
            found = self._buffer.find(b"\n", self._at)
            if found >= 0:
                self._step(found + 1 - self._at)
                return
            self._at = len(self._buffer)
            if not self._refill():
                return

    def _next(self) -> bytes | None:
        """The first byte that is neither blank nor comma; None at the end."""
        while True:
            blank = _BLANK.match(self._buffer, self._at)
            if blank:
                self._step(blank.end() - self._at)
            if len(self._buffer) - self._at < _LOW and not self._ended:
                self._refill()
                continue
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            return None

    def _step(self, length: int) -> None:
        end = self._at + length
        self._line += self._buffer.count(b"\n", self._at, end)
        self._at = end

    def _refill(self) -> bool:
        """Read on; whether there was more."""
        chunk = b"" if self._ended else next(self._chunks, b"")
        self._ended = not chunk
        self._buffer = self._buffer[self._at :] + chunk
        self._at, self._newline = 0, -1
        return bool(chunk)
