"""The chain that makes tampering visible: each link holds the hash of all before it. Pure.

A link is a transaction with its entries, or the seal of a day on which something was posted. The
last hash is the head: it stands in the ledger's head row and in every month statement, where
nobody who changes the database can reach it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from domain.money.posting import ACCOUNTS, MEMBER, Entry, account_of

GENESIS = "0" * 64
"""The hash before the first link."""


@dataclass(frozen=True, slots=True)
class Written:
    """A transaction as it stands; `evidence` is the JSON text itself."""

    seq: int
    key: str
    day: date
    source: str
    words: str
    corrects: int | None
    evidence: str
    posted_ms: int
    hash: str
    entries: tuple[Entry, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """All that was posted on a local day and before, up to `last_seq`, is closed."""

    day: date
    last_seq: int
    hash: str
    sealed_ms: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: the number of the last transaction, and the hash of all."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the ledger is not what was written; `seq` where a posting is meant."""

    seq: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check went through, and what replaying every entry makes of each account [mc]."""

    transactions: int
    entries: int
    seals: int
    head: Head | None
    balances: Mapping[str, int]
    broken: Break | None


def canonical(value: object) -> str:
    """The one JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def hash_transaction(before: str, written: Written) -> str:
    """The hash of a transaction behind `before`; its own `hash` does not count."""
    return _link(
        before,
        {
            "seq": written.seq,
            "key": written.key,
            "day": written.day.isoformat(),
            "source": written.source,
            "words": written.words,
            "corrects": written.corrects,
            "evidence": written.evidence,
            "posted_ms": written.posted_ms,
            "entries": [[e.account, e.debit_mc, e.energy_wh] for e in written.entries],
        },
    )


def hash_seal(before: str, seal: Seal) -> str:
    """The hash of a seal behind `before`; its own `hash` does not count."""
    content = {"day": seal.day.isoformat(), "last_seq": seal.last_seq, "sealed_ms": seal.sealed_ms}
    return _link(before, {"seal": content})


def _link(before: str, content: object) -> str:
    return hashlib.sha256((before + canonical(content)).encode()).hexdigest()


class Walk:
    """Goes along the chain once, adds up every entry, and stops at the first break."""

    def __init__(self, seals: Iterable[Seal], head: Head | None, known: str | None) -> None:
        self._seals = sorted(seals, key=lambda seal: (seal.last_seq, seal.day))
        self._head = head
        self._known = known
        self._met = known in (None, GENESIS)
        self._hash, self._seq = GENESIS, 0
        self._sealed = self._entries = 0
        self._balances: dict[str, int] = {}

    def check(self, ledger: Iterable[Written], accounts: Mapping[str, tuple[str, str]]) -> Checked:
        """Walk along; `accounts` are those in the database, by label and kind."""
        broken = next(self._breaks(ledger, accounts), None)
        return Checked(
            self._seq, self._entries, self._sealed, self._head, dict(self._balances), broken
        )

    def _breaks(
        self, ledger: Iterable[Written], accounts: Mapping[str, tuple[str, str]]
    ) -> Iterator[Break]:
        if self._head is None:
            yield Break(None, "The head of the ledger is missing.")
        for written in ledger:
            yield from self._at_transaction(written)
            yield from self._at_seals()
        yield from self._at_end()
        yield from self._of_accounts(accounts)

    def _at_transaction(self, written: Written) -> Iterator[Break]:
        seq = written.seq
        if seq != self._seq + 1:
            yield Break(self._seq + 1, f"Posting {self._seq + 1} is missing before {seq}.")
        if written.lines != tuple(range(1, len(written.entries) + 1)):
            yield Break(seq, f"A line of posting {seq} is missing or numbered otherwise.")
        if sum(entry.debit_mc for entry in written.entries):
            yield Break(seq, f"The debits and credits of posting {seq} are not equal.")
        self._hash = hash_transaction(self._hash, written)
        if self._hash != written.hash:
            yield Break(seq, f"Posting {seq} or one of its entries is not what was written.")
        self._seq = seq
        self._met = self._met or self._hash == self._known
        self._entries += len(written.entries)
        for entry in written.entries:
            self._balances[entry.account] = self._balances.get(entry.account, 0) + entry.debit_mc

    def _at_seals(self) -> Iterator[Break]:
        while self._sealed < len(self._seals):
            seal = self._seals[self._sealed]
            if seal.last_seq > self._seq:
                return
            self._hash = hash_seal(self._hash, seal)
            if self._hash != seal.hash or seal.last_seq != self._seq:
                yield Break(seal.last_seq, f"The seal of {seal.day} is not what was written.")
            self._met = self._met or self._hash == self._known
            self._sealed += 1

    def _at_end(self) -> Iterator[Break]:
        head = self._head or Head(0, GENESIS)
        if self._sealed < len(self._seals):
            seal = self._seals[self._sealed]
            yield Break(seal.last_seq, f"What the seal of {seal.day} closes is missing.")
        if self._seq < head.seq:
            missing = f"Posting {self._seq + 1} and all after it, up to {head.seq}, are missing."
            yield Break(self._seq + 1, missing)
        if (self._seq, self._hash) != (head.seq, head.hash):
            yield Break(self._seq, f"After posting {self._seq} the chain does not end in its head.")
        if not self._met:
            yield Break(None, f"The head {self._known} is not in this ledger: it was replaced.")

    def _of_accounts(self, accounts: Mapping[str, tuple[str, str]]) -> Iterator[Break]:
        needed = {**ACCOUNTS, **{a: account_of(a) for a in self._balances}}
        for account, meaning in needed.items():
            if accounts.get(account) != meaning:
                yield Break(None, f"The account {account} is not what it was.")
        for account in accounts:
            if account not in needed:
                kind = "member without a posting" if account.startswith(MEMBER) else "account"
                yield Break(None, f"The {kind} {account} was added beside the ledger.")
