"""The schema that other people's programs are made from: current, without a warning, and every operation explained."""

import re
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


def test_a_summary_fits_into_one_line(operations):
    assert [f"{name}: {op['summary']}" for name, op in operations.items() if not 5 < len(op["summary"]) <= 80] == []


def test_chapters_are_in_the_order_of_the_loop_and_hold_every_tag_once(drawn, operations):
    schema = yaml.safe_load(drawn)
    tags = [tag["name"] for tag in schema["tags"]]
    loop = ["doctors", "appointments", "visits", "prescriptions", "notes", "action-plans", "reminders"]
    assert [tag for tag in tags if tag in loop] == loop
    assert tags[-4:] == ["dashboard", "users", "audit-logs", "system"]
    assert [tag for group in schema["x-tagGroups"] for tag in group["tags"]] == tags
    assert len(set(tags)) == len(tags)


def test_every_refusal_is_a_shared_problem_with_an_example_of_its_status(drawn, operations):
    shared = yaml.safe_load(drawn)["components"]["responses"]
    seen = set()
    for name, operation in operations.items():
        for status, body in operation["responses"].items():
            if status.startswith("4") and "$ref" in body:
                component = shared[body["$ref"].rsplit("/", 1)[1]]
                example = component["content"]["application/problem+json"]["examples"]["Example"]["value"]
                assert example["status"] == int(status), name
                seen.add(status)
    assert seen >= {"400", "401", "403", "404", "409", "412", "422", "429"}


def test_an_operation_documents_the_refusals_that_its_conventions_bring(operations):
    lacking = []
    for name, operation in operations.items():
        method, path = name.split()
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        wanted = {"401", "403"} if operation.get("security") == [{"bearer": []}] else set()
        wanted |= {"404"} if "{" in path else set()
        wanted |= {"409", "429"} if method != "GET" else set()
        wanted |= {"412"} if "If-Match" in named else set()
        wanted |= {"422"} if operation.get("requestBody") and "Idempotency-Key" in named else set()
        lacking += [f"{name}: {sorted(missing)}"] if (missing := wanted - operation["responses"].keys()) else []
    assert lacking == []


def test_every_id_that_an_operation_wants_is_said_to_come_from_a_call_that_there_is(operations):
    lacking = []
    for name, operation in operations.items():
        told = operation["description"] + "".join(
            parameter.get("description", "") for parameter in operation.get("parameters", [])
        )
        lacking += [
            f"{name}: {call}" for call in re.findall(r"[Ff]rom `([A-Z]+ [^`]+)`", told) if call not in operations
        ]
        for parameter in operation.get("parameters", []):
            is_id = parameter["in"] == "path" and parameter["schema"].get("format") == "uuid"
            lacking += [f"{name} {parameter['name']}"] if is_id and "From `" not in parameter["description"] else []
    assert lacking == []


def test_every_call_that_the_introduction_teaches_is_there(drawn, operations):
    """The addresses in the table of the loop, without what follows a question mark."""
    calls = re.findall(r"`(GET|POST) (?:/api/v1/)?([^`?]+)[^`]*`", yaml.safe_load(drawn)["info"]["description"])
    assert len(calls) > 10
    assert [f"{method} {path}" for method, path in calls if f"{method} /api/v1/{path}" not in operations] == []
