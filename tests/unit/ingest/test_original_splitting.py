"""A dump of any form comes apart into its documents, and nothing broken takes others with it."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_ingest.original import splitting
from data_ingest.original.dump import Unreadable, open_dump
from data_ingest.original.extended import Moment, plain
from data_ingest.original.meaning import meaning_of
from data_ingest.original.names import usable_id
from data_ingest.original.splitting import Piece, Splitter
from domain.foundation.errors import InvalidInput
from domain.inbox.decode import SENSOR_ID
from domain.inbox.refusal import Refused

DOCUMENTS = [
    {"_id": {"$oid": "1"}, "name": 'a } [ " \\ b', "n": [1, [2, {"x": 3}]]},
    {"_id": {"$oid": "2"}, "name": "Sala de reuniões"},
    {"_id": {"$oid": "3"}},
]


def split(text: bytes | str, chunk: int = 262_144) -> list[Piece]:
    raw = text.encode() if isinstance(text, str) else text
    return list(Splitter(iter([raw[i : i + chunk] for i in range(0, len(raw), chunk)])).pieces())


def values(text: bytes | str, chunk: int = 262_144) -> list[object]:
    return [piece.value for piece in split(text, chunk) if piece.refused is None]


def codes(text: bytes | str) -> list[tuple[int, str]]:
    return [(piece.line, piece.refused.code) for piece in split(text) if piece.refused]


FORMS = {
    "lines": "\n".join(json.dumps(d) for d in DOCUMENTS),
    "lines with CRLF": "\r\n".join(json.dumps(d) for d in DOCUMENTS) + "\r\n",
    "no line breaks": "".join(json.dumps(d) for d in DOCUMENTS),
    "pretty lines": "\n".join(json.dumps(d, indent=2) for d in DOCUMENTS),
    "array": json.dumps(DOCUMENTS),
    "array, a document a line": "[" + ",\n".join(json.dumps(d) for d in DOCUMENTS) + "]\n",
    "pretty array": json.dumps(DOCUMENTS, indent=4),
}


@pytest.mark.parametrize("chunk", [1, 7, 262_144])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_collection_gives_the_same_documents(form: str, chunk: int) -> None:
    assert values(FORMS[form], chunk) == DOCUMENTS


def test_a_document_knows_its_line() -> None:
    lines = [piece.line for piece in split(FORMS["array, a document a line"])]
    assert lines == [1, 2, 3]
    assert [piece.line for piece in split("\n\n" + FORMS["pretty lines"])] == [3, 18, 24]


def test_one_object_with_collections_is_streamed_when_it_is_longer_than_a_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(splitting, "LONGEST_DOCUMENT", 400)
    monkeypatch.setattr(splitting, "_LOW", 300)
    many = [{"sensor_id": f"T{n}", "timestamp": n, "value": n} for n in range(50)]
    text = json.dumps({"rooms": [{"name": "Lab"}], "readings": many})
    pieces = split(text, 100)
    assert [piece.value for piece in pieces if piece.collection == "readings"] == many
    assert [piece.value for piece in pieces if piece.collection == "rooms"] == [{"name": "Lab"}]


@pytest.mark.parametrize(
    "broken",
    [
        '{"a": "no end',
        '{"a": [1, 2',
        "{'a': 1}",
        '{"a": 1}}',
        "garbage",
        '{"a": "\\',
        '{"a": \x00}',
    ],
)
@pytest.mark.parametrize("form", ["{}\n{}\n{}", "[{},\n{},\n{}]"])
def test_a_broken_line_costs_only_itself(form: str, broken: str) -> None:
    text = form.format('{"n": 1}', broken, '{"n": 2}')
    assert [value for value in values(text) if "n" in str(value)] == [{"n": 1}, {"n": 2}]
    assert codes(text)[0] == (2, "malformed")


def test_a_huge_document_is_left_out_and_the_next_line_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(splitting, "LONGEST_DOCUMENT", 100_000)
    huge = json.dumps({"a": "x" * 300_000})
    assert codes(f'{{"n":1}}\n{huge}\n{{"n":2}}\n') == [(2, "too_large")]
    assert values(f'{{"n":1}}\n{huge}\n{{"n":2}}\n') == [{"n": 1}, {"n": 2}]


def test_a_line_without_end_is_never_held_as_a_whole() -> None:
    longest = 0

    def chunks() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 262_144

    splitter = Splitter(chunks())
    for _piece in splitter.pieces():
        longest = max(longest, len(splitter._buffer))
    assert longest < 1_000_000


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_nesting_of_a_hundred_thousand_is_refused_and_ends_nothing(opening: str) -> None:
    closing = "}" if opening.startswith("{") else "]"
    deep = opening * 100_000 + "1" + closing * 100_000
    text = f'{{"n": 1}}\n{deep}\n{{"n": 2}}\n'
    assert {"n": 1} in values(text)
    assert {"n": 2} in values(text)
    assert "malformed" in [code for _line, code in codes(text)]


def test_a_list_that_ends_early_says_so() -> None:
    assert values('[{"n": 1},\n{"n": 2}') == [{"n": 1}, {"n": 2}]
    assert codes('[{"n": 1},\n{"n": 2}') == [(2, "broken_off")]


def test_text_that_is_not_utf8_is_refused_with_its_line() -> None:
    text = '{"name": "ok"}\n{"name": "reuni\xf5es"}\n'.encode("latin-1")
    assert values(text) == [{"name": "ok"}]
    assert codes(text) == [(2, "malformed")]


def test_nan_reaches_the_field_it_stands_in() -> None:
    (value,) = values('{"a": NaN, "b": 1}')
    assert isinstance(value, dict)
    assert value["a"] != value["a"]
    assert value["b"] == 1


def test_extended_json_becomes_plain() -> None:
    assert plain(
        {
            "_id": {"$oid": "65a0"},
            "a": {"$numberLong": "12"},
            "b": {"$numberDouble": "1.5"},
            "c": {"$date": "2024-01-07T10:00:00.123Z"},
            "d": {"$date": {"$numberLong": "1704621600123"}},
            "e": [{"$numberInt": "3"}],
        }
    ) == {
        "_id": "65a0",
        "a": 12,
        "b": 1.5,
        "c": Moment(1_704_621_600_123),
        "d": Moment(1_704_621_600_123),
        "e": [3],
    }
    assert Moment(1_704_621_600_000).wall == "2024-01-07 10:00:00"


@pytest.mark.parametrize(
    "special",
    [
        {"$date": "yesterday"},
        {"$date": {"$numberLong": "9" * 30}},
        {"$numberInt": "x"},
        {"$code": "f()"},
        {"$timestamp": 3},
        {"$date": {}},
        {"$date": {"$date": {"$date": {}}}},
    ],
)
def test_extended_json_that_means_nothing_is_refused(special: object) -> None:
    with pytest.raises(Refused):
        plain({"a": special})


@pytest.mark.parametrize(
    "original",
    ["Lamp 1", "Lamp_1 ", "Ar condicionado nº 2", "x" * 65, "//", "ö", "a/b", "Air Con 112_115"],
)
def test_an_unusable_id_becomes_the_same_usable_one_every_time(original: str) -> None:
    assert SENSOR_ID.fullmatch(usable_id(original))
    usable_id.cache_clear()
    assert usable_id(original) == usable_id(original) != original


def test_ids_that_only_differ_in_unusable_letters_stay_apart() -> None:
    names = ["Lamp 1", "Lamp_1", "Lamp/1", "Lamp  1", "x" * 65, "x" * 66]
    assert len({usable_id(name) for name in names}) == len(names)
    assert usable_id("Lamp_1") == "Lamp_1"


@pytest.mark.parametrize(
    ("said", "tag", "metric", "unit", "tenths", "part"),
    [
        ("power", "enaplug.act1", "power", "W", False, ""),
        ("current", "A.microwave_current_x10", "current", None, True, ""),
        ("current", "Analyzer115_V1.Curr2_mA", "current", "mA", False, ""),
        ("voltage", "Analyzer115_V1.U2N_Vx10", "voltage", "V", True, ""),
        ("internal Temperature", "e.temp2", "temperature", None, False, "internal Temperature"),
        ("doorOpen", "e.doorOpened", "door", None, False, ""),
        ("energy", "battery.stored_energy", "soc", "%", False, ""),
        ("energy", "battery.charging_rate", "power", "W", False, ""),
    ],
)
def test_the_tag_tells_unit_and_scale(
    said: str, tag: str, metric: str, unit: str | None, tenths: bool, part: str
) -> None:
    found = meaning_of({"type": said, "tag": tag, "values": 1})
    assert found is not None
    assert (found.metric, found.unit, found.tenths, found.part) == (metric, unit, tenths, part)


def test_a_state_of_a_fridge_is_no_metric() -> None:
    assert meaning_of({"type": "state", "values": 1}) is None


def contents(path: Path) -> dict[str, bytes]:
    with open_dump(path) as dump:
        return {member.name: b"".join(member.chunks()) for member in dump.members}


def test_directories_archives_and_single_files_hold_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    (folder / "tiocps").mkdir(parents=True)
    (folder / "tiocps" / "rooms.json").write_bytes(b'{"name":"Lab"}')
    (folder / "tokens.json.gz").write_bytes(gzip.compress(b"{}"))
    (folder / "link.json").symlink_to("/etc/hostname")
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.write(folder / "tiocps" / "rooms.json", "tiocps/rooms.json")
    with tarfile.open(tmp_path / "d.tar.gz", "w:gz") as tar:
        tar.add(folder, "dump")
    assert contents(folder) == {"tiocps/rooms.json": b'{"name":"Lab"}', "tokens.json.gz": b"{}"}
    assert contents(tmp_path / "d.zip") == {"tiocps/rooms.json": b'{"name":"Lab"}'}
    assert contents(tmp_path / "d.tar.gz")["dump/tiocps/rooms.json"] == b'{"name":"Lab"}'
    assert "dump/link.json" not in contents(tmp_path / "d.tar.gz")
    assert contents(folder / "tiocps" / "rooms.json") == {"rooms.json": b'{"name":"Lab"}'}


def test_a_zip_with_paths_upwards_writes_nothing(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    with zipfile.ZipFile(inner / "d.zip", "w") as archive:
        archive.writestr("../../rooms.json", '{"name":"Lab"}')
        archive.writestr("/etc/rooms.json", '{"name":"Hall"}')
    assert set(contents(inner / "d.zip").values()) == {b'{"name":"Lab"}', b'{"name":"Hall"}'}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["d.zip", "inner"]


@pytest.mark.parametrize("name", ["d.zip", "d.tar.gz", "missing", "empty"])
def test_what_holds_nothing_readable_is_refused_in_words(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("rooms.json", "{}" * 1000)
    (tmp_path / "d.zip").write_bytes(buffer.getvalue()[:-40])
    (tmp_path / "d.tar.gz").write_bytes(b"\x1f\x8b no gzip at all")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput), open_dump(tmp_path / name):
        pass


def test_a_file_that_fails_in_the_middle_gives_what_came_before(tmp_path: Path) -> None:
    lines = "".join(f'{{"n": {n}, "noise": "{n * 7919 % 99991}"}}\n' for n in range(60_000))
    whole = gzip.compress(lines.encode())
    (tmp_path / "readings.json.gz").write_bytes(whole[: len(whole) // 2])
    got: list[Piece] = []
    with open_dump(tmp_path / "readings.json.gz") as dump, pytest.raises(Unreadable):
        got.extend(Splitter(dump.members[0].chunks()).pieces())
    assert len(got) > 1_000


def test_what_powershell_redirected_is_read(tmp_path: Path) -> None:
    (tmp_path / "rooms.json").write_bytes('{"name": "reuniões"}'.encode("utf-16"))
    with open_dump(tmp_path / "rooms.json") as dump:
        (piece,) = Splitter(dump.members[0].chunks()).pieces()
    assert piece.value == {"name": "reuniões"}
