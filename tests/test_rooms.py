"""The house rules that can be told from the source: who may import whom, where Dagster lives, which SQL is not deterministic."""

from __future__ import annotations

import ast
import re
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


# --- SQL that gives the same result every time ----------------------------------------------------------------------

#: What may differ with the number of threads or the order of rows (measured, see docs of DuckDB on aggregates and order).
BANNED = {
    "picks a row by chance": re.compile(r"\b(any_value|arbitrary|first|last|mode|sample|reservoir_quantile)\s*\(", re.I),
    "is approximate": re.compile(r"\bapprox_\w+\s*\(", re.I),
    "adds doubles in any order": re.compile(
        r"\b(avg|mean|favg|fsum|kahan_sum|sum_no_overflow|stddev\w*|variance|var_pop|var_samp|corr|covar\w*)\s*\(", re.I
    ),
    "depends on chance or the clock": re.compile(
        r"\b(random|uuid|gen_random_uuid|now|current_timestamp|current_date|today)\s*\(|\bcurrent_(date|timestamp)\b", re.I
    ),
}
#: Aggregates whose result has an order, which must be given inside the call.
ORDERED = re.compile(r"\b(list|array_agg|string_agg|group_concat|listagg)\s*\(", re.I)
#: Right or wrong by what they are given: doubles cannot be summed, ties cannot be broken.
DOUBTFUL = {
    "may add doubles": re.compile(r"\bsum\s*\(", re.I),
    "may meet a tie": re.compile(r"\b(arg_max|arg_min|argmax|argmin|max_by|min_by)\s*\(", re.I),
}
#: Doubtful calls that were looked at: (file, beginning of the call) -> why they are right.
ALLOWED = {
    (
        "assets/organisations/records.sql",
        "arg_max(c.activity_id, (CASE",
    ): "the last digits of the number are those of the class's row",
    ("assets/organisations/records.sql", "min_by(region_id, region_number)"): "a number is of one region",
    ("assets/entities/kinship.sql", "first(organisation_id)"): "over a window that is ordered by the id",
    ("assets/entities/kinship.sql", "first(number)"): "likewise",
    ("assets/linkage/gate.py", "min_by(name, fid)"): "a form has a number of its own",
    ("assets/publication/rules.py", "sum(contribution)"): "doubles, compared with a tolerance; never published",
    ("assets/publication/report_data.py", "sum(business_count)"): "integers",
    ("assets/publication/report_data.py", "sum(read_count)"): "integers",
    ("assets/publication/report_data.py", "sum(kept_count)"): "integers",
    ("assets/publication/report_data.py", "sum(rejected_count)"): "integers",
}
_SQL_START = re.compile(r"\b(SELECT|CREATE (OR REPLACE )?(TABLE|VIEW|MACRO)|COPY|INSERT INTO|FROM \{)", re.M)


def _sql_texts() -> Iterator[tuple[str, str]]:
    """(file, text) of every SQL file, and of every string in a module that reads like SQL."""
    for path in sorted(path for room in MAY_IMPORT for path in (REPO / room).rglob("*.sql")):
        yield _name(path), re.sub(r"--.*", "", path.read_text("utf-8"))
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL_START.search(node.value):
                yield _name(path), re.sub(r"--.*", "", node.value)
            elif isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                if _SQL_START.search(text):
                    yield _name(path), re.sub(r"--.*", "", text)


def _call(text: str, start: int) -> str:
    """The call that begins at `start`, to its closing parenthesis."""
    depth = 0
    for place in range(text.index("(", start), len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start : place + 1]
    return text[start:]


def faults(file: str, text: str) -> list[str]:
    """What in a SQL text may come out differently the next time."""
    found = [
        f"{_call(text, match.start()) if '(' in match[0] else match[0]} {why}"
        for why, pattern in BANNED.items()
        for match in pattern.finditer(text)
    ]
    for match in ORDERED.finditer(text):
        call = _call(text, match.start())
        if "order by" not in call.lower():
            found.append(f"{call} has no ORDER BY")
    found += [f"{_call(text, match.start())} {why}" for why, pattern in DOUBTFUL.items() for match in pattern.finditer(text)]
    return [f"{file}: {fault}" for fault in found if not any(file == place and fault.startswith(call) for place, call in ALLOWED)]


def test_no_sql_depends_on_threads_chance_or_the_clock() -> None:
    texts = list(_sql_texts())
    assert len({file for file, _ in texts if file.endswith(".sql")}) >= 6
    assert len({file for file, _ in texts if file.endswith(".py")}) >= 10
    assert sorted({fault for file, text in texts for fault in faults(file, text)}) == []


def test_every_allowance_is_still_needed() -> None:
    unused = {(file, call) for file, call in ALLOWED if not any(place == file and call in text for place, text in _sql_texts())}
    assert unused == set()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("SELECT any_value(name) FROM t", 1),
        ("SELECT first(name ORDER BY id), mode(kind) FROM t", 2),
        ("SELECT approx_count_distinct(id) FROM t", 1),
        ("SELECT list(name) FROM t", 1),
        ("SELECT list(name ORDER BY name), string_agg(DISTINCT a, ', ' ORDER BY a) FROM t", 0),
        ("SELECT string_agg(coalesce(a, '(none)'), ', ') FROM t ORDER BY 1", 1),
        ("SELECT avg(score), sum(score) FROM t", 2),
        ("SELECT max_by(name, score) FROM t", 1),
        ("SELECT count(*), max(score), list_sort(x), list_filter(y, lambda v: v > 1) FROM t", 0),
        ("SELECT first_seen, last_filed_on FROM t -- first(x)", 0),
        ("SELECT now(), current_date FROM t", 2),
    ],
)
def test_the_search_sees_what_it_should(text: str, wrong: int) -> None:
    assert len(faults("new.sql", re.sub(r"--.*", "", text))) == wrong
