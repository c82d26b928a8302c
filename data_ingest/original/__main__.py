"""Take over what the original system exported: `python -m data_ingest.original DUMP`.

DUMP is a directory, a zip or tar archive or one file of mongoexport's JSON. Whatever cannot be
taken is counted, named by file and line, and stops nothing. Running it again doubles nothing.
"""

import argparse
import io
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from data_ingest.original.dump import open_dump
from data_ingest.original.readings import Options
from data_ingest.original.report import Report, as_text
from data_ingest.original.takeover import Takeover
from data_ingest.replay import show_progress
from domain.foundation.clock import SystemClock, real_now
from domain.foundation.errors import InvalidInput, WattboardError
from domain.foundation.units import METRICS
from domain.house import House
from domain.storage.engine import Database
from domain.storage.migrate import migrate, pending_revision
from settings import Settings

FOLDER = "imports"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 everything taken, 1 something was not, 2 nothing can be read."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        return _run(options)
    except WattboardError as error:
        sys.stderr.write(f"{error.message}\n")
    except (OSError, DBAPIError) as error:
        sys.stderr.write(f"{error}\n")
    return 2


def _run(options: argparse.Namespace) -> int:
    environment = dict(os.environ)
    if options.database_url:
        environment["WATTBOARD_DATABASE_URL"] = options.database_url
    settings = Settings.from_env(environment)
    report = Report(options.dump.name, options.dry_run)
    reading = Options(options.dates == "local", frozenset(options.tenfold))
    with open_dump(options.dump) as dump, _house(settings, options.dry_run) as house:
        try:
            Takeover(house, dump, report, reading, show_progress).run()
        except Exception as error:
            report.stopped = f"Stopped by an error: {type(error).__name__}."
            raise
        finally:
            stamp = f"{real_now():%Y%m%dT%H%M%S%fZ}"
            path = report.write(settings.data_dir / FOLDER, stamp)
            sys.stdout.write(as_text(report))
            if report.stopped:
                sys.stdout.write(f"{report.stopped}\n")
            sys.stdout.write(f"The whole report: {path}\n")
    return 0 if report.complete else 1


@contextmanager
def _house(settings: Settings, dry_run: bool) -> Iterator[House]:
    """The building to fill; a trial over a database that is not there yet gets an empty one."""
    with tempfile.TemporaryDirectory(prefix="wattboard-") as folder:
        if dry_run and _is_missing(settings.database_url):
            sys.stderr.write("There is no database yet: tried against an empty building.\n")
            database = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
            migrate(database)
        else:
            database = Database(settings.database_url)
            _prepare(database, dry_run)
        house = House.compose(settings, clock=SystemClock(), database=database)
        try:
            yield house
        finally:
            house.close()


def _prepare(database: Database, dry_run: bool) -> None:
    if not dry_run:
        migrate(database)
    elif pending_revision(database):
        database.close()
        raise InvalidInput("The database is not of this version yet: start Wattboard once first.")


def _is_missing(url: str) -> bool:
    scheme, _, path = url.partition(":///")
    return scheme.startswith("sqlite") and not Path(path).exists()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_ingest.original", description=__doc__)
    parser.add_argument("dump", type=Path, help="directory, .zip, .tar.gz or one JSON file")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would happen, store nothing"
    )
    parser.add_argument("--database-url", metavar="URL", help="store here, not in the configured")
    parser.add_argument(
        "--dates",
        choices=("utc", "local"),
        default="utc",
        help="what $date is: local where the original's server ran on the building's time",
    )
    parser.add_argument(
        "--tenfold",
        type=_metrics,
        default=[],
        metavar="METRIC,…",
        help="metrics that snapshots hold ten times too large, such as temperature,humidity,light",
    )
    return parser


def _metrics(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in METRICS]:
        raise argparse.ArgumentTypeError(
            f"{unknown[0]} is no metric; there are {', '.join(METRICS)}"
        )
    return names


if __name__ == "__main__":
    sys.exit(main())
