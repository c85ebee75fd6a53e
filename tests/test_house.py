"""The house rules that a machine can keep (docs/architecture.md), and that each import contract really catches."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
CONTRACT = re.compile(r"^(?P<name>.+) (?P<verdict>KEPT|BROKEN)$", re.MULTILINE)

FLOORS = "Floors: an app imports only from lower floors"
ROOMS = "Rooms: inside an app, doors import services, services import models"
CORE = "Rooms of the core"
WEB = "Services, selectors, querysets and models know neither the web nor Celery"
PURE = "Pure rooms do no I/O: no ORM, no settings"
DOORS = "Doors are opened by config alone"
CONFIG = "Apps never import config"

# What is planted where, and which contract must object. A new file is a mistake by its name alone.
MISTAKES = [
    (FLOORS, "apps/accounts/tokens.py", "import apps.records.models"),
    (FLOORS, "apps/appointments/slots.py", "import apps.articles.models"),
    (FLOORS, "apps/billing/__init__.py", ""),
    (ROOMS, "apps/hospitals/querysets.py", "import apps.hospitals.services"),
    (ROOMS, "apps/notifications/selectors.py", "import apps.notifications.services.inbox"),
    (ROOMS, "apps/patients/utils.py", ""),
    (CORE, "apps/core/errors.py", "import apps.core.models"),
    (CORE, "apps/core/helpers.py", ""),
    (WEB, "apps/hospitals/services/deciding.py", "from rest_framework import serializers"),
    (WEB, "apps/reminders/services/plans.py", "from celery import shared_task"),
    (WEB, "apps/core/outbox.py", "import celery"),
    (PURE, "apps/appointments/slots.py", "from django.conf import settings"),
    (PURE, "apps/reminders/schedule.py", "import apps.reminders.models"),
    (DOORS, "apps/overview/selectors.py", "import apps.records.api.serializers"),
    (CONFIG, "apps/core/ids.py", "import config.celery"),
]


def verdicts(folder: Path) -> tuple[dict[str, bool], str]:
    """Return whether each import contract is kept by the code in `folder`, and the whole report."""
    command = [sys.executable, "-c", LINT, "--cache-dir", str(folder / ".cache"), "--no-logo"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    found = {match["name"].strip(): match["verdict"] == "KEPT" for match in CONTRACT.finditer(done.stdout)}
    assert found, done.stdout + done.stderr
    return found, done.stdout


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the code to plant mistakes in."""
    copy = tmp_path_factory.mktemp("house")
    for part in ("apps", "config"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


@pytest.fixture
def plant(house) -> Iterator:
    """Add a line to a file of the copy, a file too where there is none, and take it away again."""
    undo = []

    def add(name: str, line: str) -> None:
        file = house / name
        before = file.read_text() if file.exists() else None
        undo.append((file, before))
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{before or ''}\n{line}\n")

    yield add
    for file, before in undo:
        file.unlink() if before is None else file.write_text(before)


class TestContracts:
    def test_every_contract_holds(self, house):
        found, report = verdicts(house)
        assert all(found.values()), report

    def test_every_contract_is_shown_to_catch_something(self, house):
        assert set(verdicts(house)[0]) == {contract for contract, _, _ in MISTAKES}

    @pytest.mark.parametrize(("contract", "file", "line"), MISTAKES, ids=lambda value: str(value)[:40])
    def test_a_planted_mistake_is_caught(self, house, plant, contract, file, line):
        plant(file, line)
        found, report = verdicts(house)
        planted = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert not found[contract]
        assert planted in report


# --- Rules about names and words --------------------------------------------------------------------------

CODE = [file for file in sorted((ROOT / "apps").rglob("*.py")) if "migrations" not in file.parts]
OURS = [file for file in CODE if "tests" not in file.parts]
APPS = sorted(folder for folder in (ROOT / "apps").iterdir() if (folder / "apps.py").exists())
BANISHED = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def place(file: Path, node: ast.AST | None = None) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def classes(file: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef))


def functions(node: ast.Module | ast.ClassDef) -> list[ast.FunctionDef]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef)]


def in_room(room: str) -> list[Path]:
    """Return the files of one room, in whichever app, as a module or as a package."""
    return [file for file in OURS if room in {file.stem, file.parent.name}]


class TestNamesAndWords:
    def test_there_is_no_room_for_leftovers(self):
        assert [place(file) for file in CODE if file.stem in BANISHED or file.parent.name in BANISHED] == []

    def test_every_module_says_what_belongs_here(self):
        silent = [file for file in CODE if file.read_text().strip() and not ast.get_docstring(tree(file))]
        assert [place(file) for file in silent] == []

    def test_no_function_processes_or_handles(self):
        vague = [
            place(file, node)
            for file in OURS
            for node in ast.walk(tree(file))
            if isinstance(node, ast.FunctionDef) and node.name.startswith(("process_", "handle_"))
        ]
        assert vague == []

    @pytest.mark.parametrize("app", APPS, ids=lambda folder: folder.name)
    def test_every_app_has_tests(self, app):
        assert list((app / "tests").glob("test_*.py"))


# --- Rules about rooms ------------------------------------------------------------------------------------

# A service takes its subject by position and everything else by name. Each exemption says why.
SEVERAL_BY_POSITION = {
    "announce_many": "the topic and what is announced under it read as one sentence",
    "new_dose": "makes a row in memory for the services beside it; it writes nothing",
}


class TestRooms:
    def test_services_are_called_by_name(self):
        loose = {
            node.name: place(file, node)
            for file in in_room("services")
            for node in functions(tree(file))
            if not node.name.startswith("_") and len(node.args.args) > 1
        }
        assert {name: at for name, at in loose.items() if name not in SEVERAL_BY_POSITION} == {}
        assert set(SEVERAL_BY_POSITION) <= set(loose), "an exemption that nothing needs"

    def test_who_acts_and_when_are_never_given_by_position(self):
        loose = [
            place(file, node)
            for file in in_room("services")
            for node in functions(tree(file))
            if not node.name.startswith("_") and {"actor", "now"} & {each.arg for each in node.args.args}
        ]
        assert loose == []

    def test_models_save_and_delete_as_django_does(self):
        overridden = [
            place(file, method)
            for file in in_room("models")
            for node in classes(file)
            for method in functions(node)
            if method.name in {"save", "delete", "full_clean"}
        ]
        assert overridden == []

    def test_serializers_write_nothing(self):
        writing = [
            place(file, method)
            for file in in_room("serializers")
            for node in classes(file)
            for method in functions(node)
            if method.name in {"create", "update", "save"}
        ]
        assert writing == []

    def test_tasks_are_doors_of_three_lines(self):
        long = [
            place(file, node)
            for file in in_room("tasks")
            for node in functions(tree(file))
            if sum(1 for each in ast.walk(node) if isinstance(each, ast.stmt)) > 1 + 1 + 3  # Itself, its docstring.
        ]
        assert long == []


class TestTravelling:
    def test_no_rule_hangs_on_a_signal(self):
        signals = [
            place(file, node)
            for file in OURS
            for node in ast.walk(tree(file))
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("signals")
        ]
        assert signals == []

    def test_no_task_is_called_but_by_beat_and_wake_up(self):
        calls = [
            place(file, node)
            for file in OURS
            for node in ast.walk(tree(file))
            if isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async", "send_task"}
        ]
        assert calls == []
