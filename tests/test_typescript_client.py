"""A typed client is made from openapi.yaml, compiled strictly, and walks the loop; a changed contract stops it.

It needs npm and its registry, so it runs in `make proof` alone. What is downloaded is locked in tests/client/.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_journey import service

ROOT = Path(__file__).resolve().parent.parent
CLIENT = Path(__file__).resolve().parent / "client"
PATIENCE = 300

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(os.environ.get("PROOF") != "full", reason="downloads from npm: only in make proof"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not here: the typed client was NOT proven"),
]

# What is planted in the schema, as (old, new), and what the compiler must object to.
CHANGES = [
    ("an answer loses a field", "        starts_at:\n", "        begins_at:\n", "starts_at"),
    ("a body asks for more", "    LoginInputRequest:\n", None, "captcha"),
    ("an address moves", "  /api/v1/reminders/{id}/checkin/:", "  /api/v1/reminders/{id}/taken/:", "checkin"),
    ("a choice is renamed", "- TAKEN\n", "- SWALLOWED\n", "TAKEN"),
    (
        "a number becomes words",
        "        taken:\n          type: integer\n",
        "        taken:\n          type: string\n",
        "'number'",
    ),
]


def npm(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the folder and return how it went."""
    return subprocess.run(
        ["npm", *command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Path:
    """A copy of the client with the locked packages."""
    folder = tmp_path_factory.mktemp("client")
    shutil.copytree(CLIENT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    installed = npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    assert installed.returncode == 0, installed.stderr
    return folder


def compiled(client: Path, schema: str) -> subprocess.CompletedProcess[str]:
    """Make the types from a schema, and compile the program with them."""
    (client / "openapi.yaml").write_text(schema)
    made = npm(client, "run", "--silent", "types")
    assert made.returncode == 0, made.stderr
    return npm(client, "run", "--silent", "compile")


@pytest.fixture(scope="module")
def schema() -> str:
    return (ROOT / "openapi.yaml").read_text()


def test_it_compiles_strictly_and_walks_the_loop(client, schema, tmp_path):
    done = compiled(client, schema)
    assert done.returncode == 0, done.stdout
    with service(tmp_path) as running:
        walked = npm(client, "run", "--silent", "loop", BASE_URL=running.site)
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert walked.stdout.splitlines()[-1] == "the doctor sees it: the loop closes"


@pytest.mark.parametrize(("old", "new", "complaint"), [change[1:] for change in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_planted_change_of_the_contract_breaks_it(client, schema, old, new, complaint):
    assert old in schema
    done = compiled(client, schema.replace(old, new) if new else with_required_field(schema, complaint))
    assert done.returncode != 0
    assert complaint in done.stdout
    assert "loop.ts" in done.stdout


def with_required_field(schema: str, name: str) -> str:
    """Return the schema with one more field that a sign-in must carry."""
    head, begin, rest = schema.partition("    LoginInputRequest:\n")
    required = rest.replace("      required:\n", f"      required:\n      - {name}\n", 1)
    return (
        head
        + begin
        + required.replace("      properties:\n", f"      properties:\n        {name}:\n          type: string\n", 1)
    )
