"""A dump, collection by collection: rooms first, then sensors, then what they measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from data_ingest.original.building import Rooms, Sensors
from data_ingest.original.dump import Dump, Member, Unreadable
from data_ingest.original.extended import plain
from data_ingest.original.kinds import (
    LEFT,
    LEFT_OUT,
    READINGS,
    ROOMS,
    SENSORS,
    TOKENS,
    UNKNOWN,
    collections_in,
    kind_of,
)
from data_ingest.original.readings import Options, Readings
from data_ingest.original.report import Place, Report, Tally
from data_ingest.original.splitting import Piece, Splitter
from data_ingest.original.tokens import Tokens
from domain.foundation.errors import WattboardError
from domain.house import House
from domain.inbox.refusal import Refused

SEVERAL = "several"
PASSES = (ROOMS, SENSORS, READINGS)
STOPPED = "Stopped before the end. Run it again: what was taken is not taken twice."
_SETTLED_AT_ONCE = 5_000
_KIB = 1024
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Document:
    kind: str
    collection: str
    value: Any
    place: Place


class Takeover:
    """Reads each file in the pass of its kind; a file of several kinds in each."""

    def __init__(
        self, house: House, dump: Dump, report: Report, options: Options, progress: Progress
    ) -> None:
        self._house = house
        self._dump = dump
        self._report = report
        self._progress = progress
        self._done = self._total = 0
        self._now = ROOMS
        self._rooms = Rooms(house, report)
        self._sensors = Sensors(house, report, self._rooms)
        self._readings = Readings(house, report, self._sensors, options, self._show)
        self._tokens = Tokens(report, house.clock.now_ms())

    def run(self) -> None:
        """Take everything; Ctrl C ends it between two transactions and is no error."""
        try:
            if self._dump.trouble:
                self._report.files.refuse("broken_off", Place("", 0), self._dump.trouble)
            kinds = [(member, self._kind_of_file(member)) for member in self._dump.members]
            for now in PASSES:
                self._run_pass(now, [(m, k) for m, k in kinds if _pass_of(k) in (now, SEVERAL)])
            if not self._report.dry_run:
                self._settle()
        except KeyboardInterrupt:
            self._report.stopped = STOPPED

    def _run_pass(self, now: str, files: list[tuple[Member, str]]) -> None:
        self._now, self._done = now, 0
        self._total = sum(member.size for member, kind in files if kind)
        for member, kind in files:
            if kind:
                self._take_file(member, kind, now)
        if now == SENSORS:
            self._sensors.flush()
        if now == READINGS:
            self._readings.flush()
        if self._total:
            self._show(whole=True)

    def _kind_of_file(self, member: Member) -> str:
        """By its name and its first document; empty where it is none of ours."""
        if not member.readable:
            hint = " (export it with mongoexport)" if member.name.endswith(".bson") else ""
            self._report.files.refuse("not_json", Place(member.name, 0), f"No JSON file{hint}.")
            return ""
        try:
            piece = next(Splitter(member.chunks()).pieces(), None)
        except Unreadable:
            return UNKNOWN
        if piece is None or piece.refused:
            return kind_of(member.stem, None)
        if piece.collection is not None or collections_in(piece.value) is not None:
            return SEVERAL
        return kind_of(member.stem, piece.value)

    def _take_file(self, member: Member, kind: str, now: str) -> None:
        line = 0
        pieces = Splitter(self._counted(member)).pieces()
        try:
            for piece in pieces:
                line = piece.line
                self._take_piece(piece, member, kind, now)
        except Unreadable as error:
            if now == _last_pass(kind):
                self._report.files.refuse("broken_off", Place(member.name, line), str(error))

    def _counted(self, member: Member) -> Iterator[bytes]:
        for chunk in member.chunks():
            self._done += len(chunk)
            yield chunk

    def _take_piece(self, piece: Piece, member: Member, kind: str, now: str) -> None:
        """Take what belongs to this pass; what cannot be read is counted in the last one."""
        last = now == _last_pass(kind)
        place = Place(member.name, piece.line)
        if piece.refused:
            if last:
                name = piece.collection or member.stem
                self._refuse(kind_of(name, None), piece.refused, place)
            return
        for name, value in _documents(piece, member):
            found = kind_of(name, value)
            if kind != SEVERAL or _pass_of(found) == now:
                self._take(_Document(found, name, value, place))
        if now != READINGS:  # those tell with each transaction
            self._show()

    def _take(self, document: _Document) -> None:
        if document.kind == LEFT:
            self._report.leave_out(document.collection, LEFT_OUT[document.collection])
            return
        if document.kind == UNKNOWN:
            words = "No room, sensor, reading or token by its name or shape."
            self._report.files.refuse("unknown_document", document.place, words)
            return
        try:
            value = plain(document.value)
            if type(value) is not dict:
                raise Refused("not_an_object", "A document is a JSON object.")
            self._taker(document.kind)(value, document.place)
        except Refused as refused:
            self._refuse(document.kind, refused, document.place)
        except WattboardError as error:
            self._tally(document.kind).refuse(error.code, document.place, error.message)

    def _taker(self, kind: str) -> Callable[[dict[str, Any], Place], None]:
        takers = {
            ROOMS: self._rooms.take,
            SENSORS: self._sensors.take,
            READINGS: self._readings.take,
            TOKENS: self._tokens.take,
        }
        return takers[kind]

    def _tally(self, kind: str) -> Tally:
        return self._report.tallies.get(kind, self._report.files)

    def _refuse(self, kind: str, refused: Refused, place: Place) -> None:
        self._tally(kind).refuse(refused.code, place, refused.message)

    def _show(self, *, whole: bool = False) -> None:
        """Reading runs ahead of storing: the end is told when all of it is stored."""
        total = -(-self._total // _KIB)
        done = total if whole else min(self._done // _KIB, total - 1)
        self._progress(f"KiB of {self._now} read", done, total)

    def _settle(self) -> None:
        settled = 0
        while some := self._house.telemetry.settle(limit=_SETTLED_AT_ONCE):
            settled += some
            self._progress("quarter hours summed up", settled, settled + 1)
        self._progress("quarter hours summed up", settled, settled)


def _documents(piece: Piece, member: Member) -> Iterator[tuple[str, Any]]:
    """The documents of a piece with the name of their collection."""
    if piece.collection is not None:
        yield piece.collection.lower(), piece.value
        return
    several = collections_in(piece.value)
    if several is None:
        yield member.stem, piece.value
        return
    for name, values in several.items():
        for value in values:
            yield name.lower(), value


def _pass_of(kind: str) -> str:
    """Tokens and what nobody knows are read with the readings."""
    return kind if kind in (ROOMS, SENSORS, SEVERAL) else READINGS


def _last_pass(kind: str) -> str:
    return READINGS if kind == SEVERAL else _pass_of(kind)
