"""One line a request: enough to find a failure, nothing that tells about a person."""

import json
import logging

import pytest
import structlog
from django.test import Client
from django.urls import include, path

from apps.core.context import CallContext, current_call
from tests.world import PASSWORD

SENTINEL = "sentinel4711"


def boom(request, word):
    raise ZeroDivisionError("of our own making")


urlpatterns = [path("api/v1/boom/<str:word>/", boom), path("", include("config.urls"))]


def lines(log) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def requests(log) -> list[dict]:
    return [line for line in lines(log) if line["event"] == "request"]


class TestTheLine:
    def test_it_tells_method_route_status_and_trace(self, doctor, anonymous, log):
        answer = anonymous.get(f"/api/v1/doctors/{doctor.pk}/slots/?from=2026-11-23")
        (line,) = requests(log)
        assert (line["method"], line["status"]) == ("GET", 200)
        assert line["route"] == "api/v1/doctors/<uuid:pk>/slots/"
        assert line["trace_id"] == answer["X-Request-ID"]
        assert set(line) == {
            "event", "method", "route", "status", "milliseconds", "trace_id", "logger", "level", "timestamp",
        }  # fmt: skip

    def test_there_is_one_for_each_request_and_none_besides(self, db, anonymous, log):
        for address in ("/api/v1/health/live/", "/api/v1/no-such-thing/", "/api/v1/me/", "/no-such-page"):
            anonymous.get(address)
        assert [line["status"] for line in requests(log)] == [200, 404, 401, 404]
        assert len(lines(log)) == 4

    def test_an_unknown_address_is_not_repeated(self, anonymous, log):
        anonymous.get(f"/api/v1/{SENTINEL}/")
        assert SENTINEL not in log.getvalue()

    def test_the_completed_slash_has_the_same_route(self, anonymous, log):
        anonymous.get("/api/v1/health/live")
        assert requests(log)[0]["route"] == "api/v1/health/live/"

    @pytest.mark.urls(__name__)
    def test_a_failure_is_found_by_its_trace_id(self, log):
        answer = Client(raise_request_exception=False).get(f"/api/v1/boom/{SENTINEL}/")
        assert (answer.status_code, requests(log)[0]["status"]) == (500, 500)
        assert {line["trace_id"] for line in lines(log)} == {answer["X-Request-ID"]}

    def test_what_follows_the_request_has_no_trace_id(self, anonymous, log):
        anonymous.get("/api/v1/health/live/")
        structlog.get_logger("careloop.test").info("afterwards")
        assert "trace_id" not in lines(log)[-1]
        assert current_call() == CallContext()


class TestTraceIds:
    @pytest.mark.parametrize("given", ["abcdefgh", "A-b_9" * 4, "f" * 64])
    def test_one_from_outside_is_kept(self, anonymous, given):
        assert anonymous.get("/api/v1/health/live/", headers={"X-Request-ID": given})["X-Request-ID"] == given

    @pytest.mark.parametrize(
        "given", ["", "short", "f" * 65, "with space here", "a\nb" * 5, "<script>alert</script>", "é" * 9]
    )
    def test_one_that_could_do_harm_is_replaced(self, anonymous, given):
        made = anonymous.get("/api/v1/health/live/", headers={"X-Request-ID": given})["X-Request-ID"]
        assert made != given
        assert len(made) == 32

    def test_each_request_has_another(self, anonymous):
        assert len({anonymous.get("/api/v1/health/live/")["X-Request-ID"] for _ in range(5)}) == 5


class TestNothingPersonal:
    def test_not_the_id_the_query_or_the_token(self, booking, signed_in, log):
        booked = signed_in.post("/api/v1/appointments/", booking, format="json").json()["id"]
        signed_in.get(f"/api/v1/appointments/{booked}/")
        signed_in.get(f"/api/v1/appointments/?patient={booking['patient']}&search={SENTINEL}")
        written = log.getvalue()
        token = signed_in._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        for word in (booked, booking["patient"], booking["doctor"], SENTINEL, token, token.split(".")[2]):
            assert word not in written

    def test_not_the_names_addresses_or_passwords_of_who_signs_up(self, db, anonymous, log):
        body = {
            "email": f"{SENTINEL}@example.org",
            "password": "three words 90210",
            "first_name": SENTINEL.title(),
            "last_name": SENTINEL.upper(),
            "phone": "+15550104711",
            "consent": True,
        }
        for _ in range(2):  # The second time it is refused.
            anonymous.post("/api/v1/auth/register/", body, format="json")
        anonymous.post("/api/v1/auth/login/", {"identifier": SENTINEL, "password": SENTINEL}, format="json")
        assert [line["status"] for line in requests(log)] == [201, 409, 401]
        assert SENTINEL not in log.getvalue().lower()
        assert "4711" not in log.getvalue()
        assert "90210" not in log.getvalue()

    def test_not_the_tokens_that_are_given_out(self, person, anonymous, log):
        given = anonymous.post(
            "/api/v1/auth/login/", {"identifier": person.username, "password": PASSWORD}, format="json"
        ).json()
        anonymous.post("/api/v1/auth/refresh/", {"refresh": given["refresh"]}, format="json")
        for token in (given["access"], given["refresh"]):
            assert token.split(".")[1] not in log.getvalue()
        assert "eyJ" not in log.getvalue()  # As every token begins.

    def test_not_the_text_of_a_note(self, treated, doctor, client_of, log):
        body = {"patient": str(treated.pk), "text": f"Suspected {SENTINEL}."}
        assert client_of(doctor.user).post("/api/v1/notes/", body, format="json").status_code == 201
        assert SENTINEL not in log.getvalue()
        assert str(treated.pk) not in log.getvalue()

    def test_not_the_body_that_could_not_be_read(self, anonymous, log):
        anonymous.generic("POST", "/api/v1/auth/login/", f'{{"{SENTINEL}', content_type="application/json")
        assert SENTINEL not in log.getvalue()

    def test_not_the_agent_or_the_address_of_the_caller(self, anonymous, log):
        anonymous.get("/api/v1/health/live/", headers={"User-Agent": SENTINEL}, REMOTE_ADDR="203.0.113.47")
        assert SENTINEL not in log.getvalue()
        assert "203.0.113.47" not in log.getvalue()

    def test_not_the_host_that_was_asked_for(self, anonymous, log):
        anonymous.get("/api/v1/health/live/", headers={"Host": f"{SENTINEL}.example"})
        assert SENTINEL not in log.getvalue()


def test_what_a_line_says_besides_its_event_is_written_too(log):
    logging.getLogger("apps.core.test").warning("something happened", extra={"job": "outbox"})
    assert lines(log)[0]["job"] == "outbox"
