"""The nginx before web and stream: what it may serve, hold back, believe and write down; and the file store behind."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from django.conf import settings
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from apps.core.launcher.ports import HOST, claim
from apps.core.typesetting.printing import FONTS
from tests.programs import wait_until

ROOT = Path(__file__).resolve().parent.parent
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
CONFIG = (ROOT / "config" / "nginx.conf").read_text()
DIRECTIVES = re.sub(r"#.*", "", CONFIG)
PROGRAM = next(filter(None, (os.environ.get("NGINX"), shutil.which("nginx"), shutil.which("/usr/sbin/nginx"))), None)


def block(start: str) -> str:
    """The directives of one location."""
    return DIRECTIVES.split(f"location {start} {{")[1].split("}")[0]


# --- Said by the file ---------------------------------------------------------------------------------------------


def test_it_is_the_only_door_and_reads_the_file_of_the_repository():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"nginx": ["127.0.0.1:${WEB_PORT:-8000}:8080"]}
    assert SERVICES["nginx"]["volumes"] == ["./config/nginx.conf:/etc/nginx/nginx.conf:ro"]
    assert "listen 8080;" in DIRECTIVES


def test_it_starts_when_both_servers_are_well_and_tells_that_it_is():
    conditions = {name: how["condition"] for name, how in SERVICES["nginx"]["depends_on"].items()}
    assert conditions == {"web": "service_healthy", "stream": "service_healthy"}
    address = SERVICES["nginx"]["healthcheck"]["test"][-1]
    assert address == "http://127.0.0.1:8080/nginx/"
    assert "return 204" in block("= /nginx/")


def test_no_file_is_served_by_it_and_none_is_within_its_reach():
    assert not re.search(r"\b(root|alias|try_files|autoindex|index|internal)\b", DIRECTIVES)
    assert "proxy_ignore_headers X-Accel-Redirect;" in DIRECTIVES
    assert not any("files" in volume.split(":")[0] for volume in SERVICES["nginx"]["volumes"])


def test_the_file_store_is_shared_by_those_who_write_and_sweep_it_and_by_nobody_else():
    at = "/var/lib/careloop-files"
    assert {name for name, each in SERVICES.items() if f"files:{at}" in each.get("volumes", [])} == {"web", "worker"}
    assert {SERVICES[name]["environment"]["PRIVATE_FILES_DIR"] for name in ("web", "worker")} == {at}
    assert f"--mode 0700 {at}" in (ROOT / "Dockerfile").read_text()


def test_whatever_it_writes_is_in_memory_and_bounded():
    folders = re.findall(r"_temp_path (\S+);", DIRECTIVES) + re.findall(r"pid (\S+);", DIRECTIVES)
    assert len(folders) == 6
    assert all(folder.startswith("/tmp/") for folder in folders)
    assert SERVICES["nginx"]["tmpfs"] == ["/tmp:size=1g"]
    assert "access_log off;" in DIRECTIVES
    assert "error_log stderr crit;" in DIRECTIVES


def test_it_lets_the_largest_upload_through_and_not_much_more():
    [megabytes] = re.findall(r"client_max_body_size (\d+)m;", DIRECTIVES)
    largest = settings.UPLOAD_MAX_FILES * settings.UPLOAD_MAX_MEGABYTES
    assert largest < int(megabytes) <= 1.2 * largest


def test_events_are_held_back_by_nothing():
    stream = block("/stream/")
    assert {"proxy_buffering off;", "proxy_cache off;", "gzip off;"} <= {line.strip() for line in stream.splitlines()}
    assert int(re.findall(r"proxy_read_timeout (\d+)s;", stream)[0]) > 15 * 2


def test_typefaces_and_libraries_of_paper_and_pictures_are_in_the_image():
    wanted = (ROOT / "requirements.txt").read_text()
    assert all(re.search(rf"^{name}==", wanted, re.MULTILINE) for name in ("typst", "pillow", "fonttools"))
    assert FONTS.is_relative_to(ROOT / "apps"), "the Dockerfile copies that folder"
    assert list(FONTS.glob("*.ttf"))
    assert Image.registered_extensions()


# --- Shown by the program, where there is one ------------------------------------------------------------------------


def late_events(request: Request) -> Response:
    """Answer like the stream: an event at once, and another one much later."""

    def events() -> Iterator[bytes]:
        yield b"data: first\n\n"
        time.sleep(3)
        yield b"data: second\n\n"

    return Response(events(), content_type="text/event-stream")


@pytest.fixture
def door(tmp_path: Path, httpserver: HTTPServer) -> Iterator[str]:
    """The address of a real nginx with the repository's file, before a server that stands for web and stream."""
    if PROGRAM is None:
        pytest.skip("no nginx is installed here (or named by NGINX), so its file is read but not run")
    port = claim()
    port.release()
    behind = f"{HOST}:{httpserver.port}"
    moved = CONFIG.replace("/tmp/", f"{tmp_path}/").replace("listen 8080", f"listen {HOST}:{port.port}")
    file = tmp_path / "nginx.conf"
    file.write_text(moved.replace("web:8000", behind).replace("stream:8001", behind))
    command = [PROGRAM, "-c", str(file), "-p", str(tmp_path), "-e", "stderr", "-g", "daemon off;"]
    address = f"http://{HOST}:{port.port}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
        try:
            wait_until(lambda: is_up(address), why=(tmp_path / "log").read_text)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/nginx/").status_code == 204
    except httpx.HTTPError:
        return False


def test_an_event_arrives_while_the_next_is_still_to_come(door: str, httpserver: HTTPServer):
    httpserver.expect_request("/stream/ticket/").respond_with_handler(late_events)
    began = time.monotonic()
    with httpx.stream("GET", f"{door}/stream/ticket/", timeout=10) as answer:
        first = next(answer.iter_text())
    assert (first, time.monotonic() - began < 2) == ("data: first\n\n", True)


def test_the_address_that_it_saw_stands_last_whatever_the_client_writes(door: str, httpserver: HTTPServer):
    httpserver.expect_request("/api/").respond_with_data("")
    httpx.get(f"{door}/api/", headers={"X-Forwarded-For": "203.0.113.9", "Host": "careloop.example"})
    asked = httpserver.log[-1][0].headers
    assert (asked["X-Forwarded-For"], asked["Host"]) == ("203.0.113.9, 127.0.0.1", "careloop.example")
    assert asked["X-Forwarded-Proto"] == "http"


def test_no_header_makes_it_hand_out_a_file(door: str, httpserver: HTTPServer):
    httpserver.expect_request("/api/").respond_with_data("asked", headers={"X-Accel-Redirect": "/etc/passwd"})
    assert httpx.get(f"{door}/api/").text == "asked"
    httpserver.expect_request("/careloop-files/x").respond_with_data("from web", status=404)
    assert httpx.get(f"{door}/careloop-files/x").text == "from web"


def test_a_body_beyond_every_limit_is_refused_at_the_door(door: str, httpserver: HTTPServer):
    client = HTTPConnection(door.removeprefix("http://"), timeout=10)
    client.request("POST", "/api/", headers={"Content-Length": str(2**30)})  # Not a byte of it is waited for.
    assert client.getresponse().status == 413
    assert not httpserver.log
