"""The schema that other people's programs are made from: current, without a warning, and every operation explained."""

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

COMMITTED = Path(__file__).parent.parent / "openapi.yaml"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> str:
    target = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", file=str(target), validate=True, fail_on_warn=True)
    return target.read_text()


@pytest.fixture(scope="module")
def operations(drawn) -> dict[str, dict]:
    paths = yaml.safe_load(drawn)["paths"]
    return {f"{method.upper()} {path}": op for path, methods in paths.items() for method, op in methods.items()}


def test_the_committed_schema_is_current(drawn):
    assert drawn == COMMITTED.read_text(), "run `make schema`"


def test_every_operation_is_described_and_tagged(drawn, operations):
    known = {tag["name"] for tag in yaml.safe_load(drawn)["tags"]}
    lacking = [
        name for name, op in operations.items() if len(op.get("description", "")) < 20 or not set(op["tags"]) <= known
    ]
    assert lacking == []


def test_every_body_has_an_example(operations):
    lacking = []
    for name, operation in operations.items():
        bodies = {"request": operation.get("requestBody", {})}
        bodies |= {status: body for status, body in operation["responses"].items() if status.startswith("2")}
        for place, body in bodies.items():
            lacking += [f"{name} {place}" for media in body.get("content", {}).values() if not media.get("examples")]
    assert lacking == []


def test_every_operation_says_how_it_refuses(operations):
    lacking = [name for name, op in operations.items() if "400" not in op["responses"] and "/health/" not in name]
    assert lacking == []


def test_nothing_is_left_of_openapi_3_0(drawn):
    assert "nullable" not in drawn
