"""The house rules that can be told from the source: who may import whom, where Dagster lives, which SQL is not deterministic."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import assets
import pipelines
import sources
import warehouse

REPO = Path(__file__).parents[1]
#: Room -> rooms it may import from, itself apart. Imports go one way.
MAY_IMPORT = {
    "pipelines": {"assets", "sources", "warehouse"},
    "assets": {"sources", "warehouse"},
    "sources": set(),
    "warehouse": set(),
}
MODULES = sorted(path for room in MAY_IMPORT for path in (REPO / room).rglob("*.py"))
#: What may know Dagster besides everything in `pipelines/`; all else is plain Python that runs without an orchestrator.
DAGSTER = re.compile(r"pipelines/.+\.py|assets/(\w+/)?(assets|checks)\.py")


def _name(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


def _imported(path: Path, repo: Path = REPO) -> Iterator[tuple[int, str]]:
    """(line, module) of every import in a file, those inside functions and relative ones included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = path.relative_to(repo).with_suffix("").parts
            base = ".".join(parts[: len(parts) - node.level]) if node.level else ""
            yield node.lineno, ".".join(part for part in (base, node.module) if part)


def _wrong_imports(path: Path, repo: Path = REPO) -> list[str]:
    room = path.relative_to(repo).parts[0]
    foreign = set(MAY_IMPORT) - MAY_IMPORT[room] - {room} | {"tests"}
    return [
        f"{path.relative_to(repo)}:{line} imports {module}"
        for line, module in _imported(path, repo)
        if module.split(".")[0] in foreign
    ]


def test_imports_go_one_way() -> None:
    assert len(MODULES) > 60
    assert [wrong for path in MODULES for wrong in _wrong_imports(path)] == []


def test_dagster_stays_in_pipelines_and_in_the_thin_wrappers() -> None:
    found = {_name(path) for path in MODULES if any(module.split(".")[0] == "dagster" for _, module in _imported(path))}
    assert len(found) > 5
    assert [name for name in sorted(found) if not DAGSTER.fullmatch(name)] == []


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("sources/new.py", "from warehouse import parquet", 1),
        ("sources/practice/new.py", "def f():\n    import assets.night", 1),
        ("warehouse/new.py", "from sources.register import Register", 1),
        ("assets/new.py", "from pipelines.profile import Profile", 1),
        ("assets/entities/new.py", "from ...pipelines import profile", 1),
        ("assets/new.py", "from warehouse import parquet\nfrom sources.http import PoliteSession", 0),
        ("pipelines/new.py", "import assets, sources, warehouse", 0),
    ],
)
def test_a_wrong_import_is_seen(file: str, text: str, wrong: int, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    assert len(_wrong_imports(path, tmp_path)) == wrong


@pytest.mark.parametrize("room", [assets, pipelines, sources, warehouse], ids=lambda module: module.__name__)
def test_the_rooms_are_those_of_this_checkout(room: object) -> None:
    """Their names are common; another package called `assets` must not stand in for ours."""
    assert Path(str(getattr(room, "__file__", ""))).parent == REPO / str(getattr(room, "__name__", ""))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_says_what_it_is(path: Path) -> None:
    assert len((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split()) >= 5


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_every_file_a_room_needs_is_packaged(room: str) -> None:
    """A wheel without its SQL, YAML or page would fail on the first night only."""
    patterns = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["*"]
    missing = []
    for path in sorted((REPO / room).rglob("*")):
        if path.is_file() and path.suffix not in (".py", ".pyc", ".md"):
            package = next(folder for folder in path.parents if (folder / "__init__.py").exists())
            inside = path.relative_to(package)
            if not any(inside.match(pattern) and len(inside.parts) == len(Path(pattern).parts) for pattern in patterns):
                missing.append(_name(path))
    assert missing == []


def test_commands_do_not_wait_for_dagster() -> None:
    """It takes a second to import; only a run needs it."""
    code = "import sys, pipelines.cli; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPO, check=False).returncode == 0
