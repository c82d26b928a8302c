"""Who may import whom (DESIGN.md §2), read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"app", "settings", "pages", "components", "domain", "data_ingest", "scheduler", "api"}
MAY_IMPORT = {
    "components": {"components"},
    "pages": {"pages", "components", "domain"},
    "api": {"api", "domain", "components"},
    "data_ingest": {"data_ingest", "domain", "settings"},
    "scheduler": {"scheduler", "domain"},
    "domain": {"domain"},
}
NEVER_IN_DOMAIN = {"dash", "flask", "paho", "apscheduler", "dash_bootstrap_components", "plotly"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Name every module imported at run time; imports for type checking only do not count."""
    for node in ast.walk(_without_type_checking(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def _without_type_checking(tree: ast.Module) -> ast.Module:
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return tree


@pytest.mark.parametrize("path", sources(*MAY_IMPORT), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_the_way_the_house_says(path: Path):
    folder = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imports(path)} & OURS
    assert ours <= MAY_IMPORT[folder]


@pytest.mark.parametrize("path", sources("domain"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_domain_knows_no_framework(path: Path):
    assert not {name.split(".")[0] for name in imports(path)} & NEVER_IN_DOMAIN


@pytest.mark.parametrize(
    "path", sources("data_ingest/simulation"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_simulated_building_knows_only_itself(path: Path):
    ours = [name for name in imports(path) if name.split(".")[0] in OURS]
    assert all(name.startswith("data_ingest.simulation") for name in ours)


@pytest.mark.parametrize("path", sources("domain"), ids=lambda p: str(p.relative_to(ROOT)))
def test_sql_lives_in_stores_and_storage(path: Path):
    if path.name.endswith("store.py") or "storage" in path.parts:
        return
    passed_on = {"sqlalchemy.engine", "sqlalchemy.exc"}  # a connection to hand over, an error
    assert {n for n in imports(path) if n.startswith("sqlalchemy")} <= passed_on
    assert ".execute(" not in path.read_text()


def test_capabilities_of_the_domain_import_each_other_without_cycles():
    edges: dict[str, set[str]] = {}
    for path in sources("domain"):
        parts = path.relative_to(ROOT / "domain").parts
        if len(parts) > 1:
            mine = edges.setdefault(parts[0], set())
            used = {n.split(".")[1] for n in imports(path) if n.startswith("domain.")}
            mine |= used - {parts[0], "house"}
    done: set[str] = set()
    while ready := {
        name for name in edges if name not in done and edges[name] & set(edges) <= done
    }:
        done |= ready
    assert done == set(edges), f"a cycle among {set(edges) - done}"


@pytest.mark.parametrize(
    "path",
    [p for p in sources(*MAY_IMPORT) if p.name != "clock.py"],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_time_comes_in_by_the_clock(path: Path):
    source = path.read_text()
    assert "datetime.now(" not in source or "data_ingest/simulation" in str(path)
    assert "utcnow(" not in source
