"""The house's rules, checked on the code itself, so that they cannot erode."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "matchmaker").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_imports_follow_the_layers() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_web_application_loads_no_solver() -> None:
    heavy = "{'sklearn', 'ortools', 'highspy', 'numba', 'pysat'}"
    program = f"import sys, matchmaker; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_keeps_the_rules(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    lines = text.splitlines()
    found = [
        f"{_name(path)}:{line}: {rule}"
        for line, rule in [
            *_commits(path, tree),
            *_clock(path, tree),
            *_environment(path, tree),
            *_late_imports(tree, lines),
            *_undocumented(tree),
        ]
    ]
    assert found == []


def _commits(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    if path.name == "db.py":
        return
    for call in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
            yield call.lineno, "only db.transaction() commits"


def _clock(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    if path.name == "clock.py":
        return
    for call in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"now", "utcnow", "today"}:
            owner = ast.unparse(call.func.value)
            if owner.split(".")[-1] in {"datetime", "date", "dt"}:
                yield call.lineno, "only clock.now() asks for the time"


def _environment(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        reads = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if reads and path.name != "cli.py" and "cli" not in path.parts:
            yield node.lineno, "only config.py reads the environment (the command hands it over)"


def _late_imports(tree: ast.AST, lines: list[str]) -> Iterator[tuple[int, str]]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                around = lines[node.lineno - 2 : node.lineno]
                if not any("#" in line for line in around):
                    yield node.lineno, "an import inside a function wants a reason beside it"


def _undocumented(tree: ast.Module) -> Iterator[tuple[int, str]]:
    if ast.get_docstring(tree) is None:
        yield 1, "a module says what it is"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_public = not node.name.startswith("_")
            if is_public and ast.get_docstring(node) is None:
                yield node.lineno, f"{node.name} says what it promises"


def test_no_module_is_named_after_nothing() -> None:
    names = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    assert [_name(path) for path in SOURCES if names & {path.stem, *path.parent.parts}] == []


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_page_obeys_the_content_security_policy(path: Path) -> None:
    text = path.read_text()
    assert (
        re.findall(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|https?://(?:cdn|unpkg)", text) == []
    )


def test_every_page_compiles(app: Flask) -> None:
    for path in PAGES:
        app.jinja_env.get_template(str(path.relative_to(ROOT / "templates")))


def test_every_view_declares_who_may_use_it(app: Flask) -> None:
    undeclared = [
        name
        for name, view in app.view_functions.items()
        if not hasattr(view, "access") and not name.endswith("static")
    ]
    assert undeclared == []


def test_paths_are_kebab_case_and_their_arguments_typed(app: Flask) -> None:
    wrong = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith("static"):
            continue
        words = re.sub(r"<[^>]+>", "", rule.rule)
        untyped = [a for a in re.findall(r"<([^>]+)>", rule.rule) if a.endswith("_id") and ":" not in a]
        if re.search(r"[A-Z_]", words) or untyped:
            wrong.append(rule.rule)
    assert wrong == []


def test_templates_of_mails_come_in_three_parts() -> None:
    folders = [path for path in (ROOT / "templates" / "emails").iterdir() if path.is_dir()]
    parts = {"subject.txt", "body.txt", "body.html"}
    assert [f.name for f in folders if {p.name for p in f.iterdir()} != parts] == []
