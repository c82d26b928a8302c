"""The files of a dump: a directory, a zip or tar archive, or one file; nothing is unpacked."""

import codecs
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from domain.foundation.errors import InvalidInput

CHUNK = 262_144
MOST_FILES = 10_000
READABLE = (".json", ".jsonl", ".ndjson", ".txt")
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BROKEN = (EOFError, OSError, RuntimeError, NotImplementedError, UnicodeDecodeError)
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, tarfile.TarError)


class Unreadable(Exception):
    """A file ended or failed while it was read; what came before is taken."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the dump; its name is a label and never becomes a path."""

    name: str
    size: int
    """Bytes there will be to read; of a gzip file as its end says."""
    open: Callable[[], IO[bytes]]

    @property
    def stem(self) -> str:
        """The collection in the name: `tiocps.iots_reading.json.gz` is iots_reading."""
        name = PurePosixPath(self.name).name.lower().removesuffix(".gz")
        stem = name.rsplit(".", 1)[0].rpartition(".")[2]
        return stem.replace("-", "_").replace(" ", "_")

    @property
    def readable(self) -> bool:
        """Whether its name says JSON, or says nothing."""
        name = PurePosixPath(self.name).name.lower().removesuffix(".gz")
        return name.endswith(READABLE) or "." not in name

    def chunks(self) -> Iterator[bytes]:
        """Its bytes as UTF-8, without a byte order mark.

        Raises:
            Unreadable: the file is broken from here on.
        """
        try:
            with self.open() as stream:
                yield from _as_utf8(stream)
        except (*BROKEN, *BROKEN_ARCHIVE) as error:
            raise Unreadable(f"It breaks off here: {error or type(error).__name__}.") from error


def _as_utf8(stream: IO[bytes]) -> Iterator[bytes]:
    """PowerShell redirects as UTF-16, and says so in its first two bytes."""
    first = stream.read(CHUNK)
    if first[:2] not in _UTF16:
        yield first.removeprefix(codecs.BOM_UTF8)
        while chunk := stream.read(CHUNK):
            yield chunk
        return
    decoder = codecs.getincrementaldecoder("utf-16")()
    while first:
        if text := decoder.decode(first):
            yield text.encode("utf-8", "replace")
        first = stream.read(CHUNK)


@dataclass(frozen=True, slots=True)
class Dump:
    """The members of a dump by name, and what is wrong with it as a whole."""

    members: list[Member]
    trouble: str | None = None


@contextmanager
def open_dump(path: Path) -> Iterator[Dump]:
    """List what a dump holds.

    Raises:
        InvalidInput: there is nothing of that name, or nothing in it can be read.
    """
    if path.is_dir():
        yield _checked(path, Dump(_of_directory(path)))
        return
    if not path.is_file():
        raise InvalidInput(f"There is no file or directory “{path}”.")
    if zipfile.is_zipfile(path):
        try:
            archive = zipfile.ZipFile(path)
        except BROKEN_ARCHIVE as error:
            raise InvalidInput(f"{path.name}: {error}.") from error
        with archive:
            yield _checked(path, Dump(_of_zip(archive)))
        return
    if path.suffix.lower() == ".zip":
        raise InvalidInput(f"{path.name} is no zip archive, or its end is missing.")
    if not _is_tar(path):
        yield _checked(path, Dump([_of_file(path, path.name)]))
        return
    with tarfile.open(path) as tar:
        yield _checked(path, _of_tar(tar))


def _checked(path: Path, dump: Dump) -> Dump:
    if not dump.members:
        raise InvalidInput(f"{path.name} holds no file. {dump.trouble or ''}".strip())
    if len(dump.members) > MOST_FILES:
        raise InvalidInput(f"{path.name} holds more than {MOST_FILES:,} files.")
    return Dump(sorted(dump.members, key=lambda member: member.name), dump.trouble)


def _is_tar(path: Path) -> bool:
    if not path.name.lower().endswith(_TAR):
        return False
    try:
        if tarfile.is_tarfile(path):
            return True
    except (*BROKEN, *BROKEN_ARCHIVE):
        pass
    raise InvalidInput(f"{path.name} is no tar archive, or is broken from its start.")


def _of_directory(path: Path) -> list[Member]:
    """Links are not followed: a dump is what lies in its directory."""
    found = (f for f in path.rglob("*") if f.is_file() and not f.is_symlink())
    return [_of_file(file, file.relative_to(path).as_posix()) for file in found]


def _of_file(path: Path, name: str) -> Member:
    size = path.stat().st_size
    if not name.lower().endswith(".gz"):
        return Member(name, size, lambda: path.open("rb"))
    with path.open("rb") as file:
        file.seek(max(size - 4, 0))
        plain = int.from_bytes(file.read(4), "little")
    return Member(name, max(plain, size), lambda: cast(IO[bytes], gzip.open(path, "rb")))


def _of_zip(archive: zipfile.ZipFile) -> list[Member]:
    return [
        Member(info.filename, info.file_size, lambda info=info: archive.open(info))  # type: ignore[misc]
        for info in archive.infolist()
        if not info.is_dir()
    ]


def _of_tar(tar: tarfile.TarFile) -> Dump:
    """Only regular files; a truncated archive gives those it still has."""
    members: list[Member] = []
    try:
        for info in tar:
            if info.isreg():
                members.append(Member(info.name, info.size, lambda i=info: _extract(tar, i)))  # type: ignore[misc]
    except (*BROKEN, *BROKEN_ARCHIVE) as error:
        return Dump(members, f"The archive breaks off: {error or type(error).__name__}.")
    return Dump(members)


def _extract(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(info)
    if stream is None:
        raise OSError("no regular file")
    return stream
