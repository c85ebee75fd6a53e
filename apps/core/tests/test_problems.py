"""Whatever goes wrong under /api/ is answered as problem+json, tells a stranger nothing, and leaves nothing behind."""

import json
import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from apps.core.errors import NotAllowed, RuleRefused
from apps.core.http.parsers import DEEPEST, LARGEST_BYTES
from apps.core.http.problems import CONTENT_TYPE, BadParameter
from apps.core.http.throttles import ScopedThrottle
from apps.core.http.views import CareLoopViewSet
from apps.core.testing.permissions import TRACES, WRITES, undone
from tests.world import ABSENT, PASSWORD

SECRET = "sentinel-4711-in-the-message"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


def problem(response) -> dict:
    """Return the body of a problem, after checking that it is one."""
    assert response["Content-Type"] == CONTENT_TYPE, response.content
    body = json.loads(response.content)
    assert {"type", "title", "status", "detail", "code", "trace_id"} <= set(body)
    assert body["status"] == response.status_code
    assert body["trace_id"] == response["X-Request-ID"]
    return body


def send(client, path, body, content_type="application/json"):
    raw = body if isinstance(body, bytes) else body.encode()
    return client.generic("POST", path, raw, content_type=content_type)


# --- Views that fail in every way, in a URL map of their own --------------------------------------------


class Inner(serializers.Serializer):
    dose = serializers.IntegerField()


class Outer(serializers.Serializer):
    inner = Inner()
    rows = Inner(many=True)
    names = serializers.ListField(child=serializers.CharField(max_length=3))
    by_day = serializers.DictField(child=serializers.IntegerField())


FAILURES = {
    "unexpected": ZeroDivisionError(SECRET),
    "data": DataError(SECRET),
    "operational": OperationalError(SECRET),
    "interface": InterfaceError(SECRET),
    "http404": Http404(SECRET),
    "denied": PermissionDenied(SECRET),
    "model": ModelValidationError({"name": ["Too short."], "city": ["Unknown."]}),
    "rule": RuleRefused("The rule says no.", code="some_rule"),
    "role": NotAllowed(),
    "parameter": BadParameter({"from": ["Not a day."]}),
    "by_hand": ValidationError({"rows": [{}, {"dose": ["Too many.", "Not whole."]}], "__all__": ["Too late."]}),
}


class FailingViewSet(CareLoopViewSet):
    """Fails as it is told to."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def retrieve(self, request: Request, kind: str) -> Response:
        raise FAILURES[kind]

    def create(self, request: Request) -> Response:
        self.parse(Outer)
        return Response(status=204)


def plain_view(request) -> HttpResponse:
    raise ZeroDivisionError(SECRET)


urlpatterns = [
    path("api/v1/fails/<str:kind>/", FailingViewSet.as_view({"get": "retrieve"})),
    path("api/v1/nested/", FailingViewSet.as_view({"post": "create"})),
    path("api/v1/plain/", plain_view),
    path("", include("config.urls")),
]

own_urls = pytest.mark.urls(__name__)


class TestUnknownAddresses:
    @pytest.mark.parametrize("debug", [False, True])
    @pytest.mark.parametrize("method", METHODS)
    def test_every_method_gets_a_problem(self, anonymous, settings, method, debug):
        settings.DEBUG = debug
        response = anonymous.generic(method, "/api/v1/no-such-thing/")
        assert (response.status_code, response["Content-Type"]) == (404, CONTENT_TYPE)

    @pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/doctors/", "/api/v1/doctors/not-a-uuid/", "/api/x"])
    def test_all_look_like_a_row_that_is_absent(self, db, anonymous, path):
        absent, unknown = problem(anonymous.get(f"/api/v1/doctors/{ABSENT}/")), problem(anonymous.get(path))
        assert {**absent, "trace_id": ""} == {**unknown, "trace_id": ""}

    def test_a_line_break_in_the_address_hides_nothing(self, anonymous):
        assert problem(anonymous.get("/api/v1/no%0Asuch%0Athing/"))["code"] == "not_found"

    def test_a_post_needs_no_csrf_token_to_learn_that_nothing_is_there(self):
        strict = Client(enforce_csrf_checks=True)
        assert problem(strict.post("/api/v1/no-such-thing/", {"a": 1}))["status"] == 404

    def test_pages_outside_keep_their_own_errors(self, anonymous):
        assert anonymous.get("/no-such-page")["Content-Type"].startswith("text/html")


class TestMethodsAndMediaTypes:
    @pytest.mark.parametrize("path", ["/api/v1/auth/login/", "/api/v1/health/live/", "/api/v1/doctors/"])
    @pytest.mark.parametrize("method", ["DELETE", "PATCH", "TRACE", "PROPFIND"])
    def test_an_unknown_method_is_405(self, anonymous, path, method):
        response = anonymous.generic(method, path)
        assert problem(response)["code"] == "method_not_allowed"
        assert response["Allow"]

    @pytest.mark.parametrize("path", ["/api/v1/auth/login/", "/api/v1/health/live/", "/api/v1/doctors/"])
    def test_options_never_fails(self, anonymous, path):
        assert anonymous.options(path).status_code < 500

    @pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x"])
    def test_another_media_type_is_415(self, anonymous, content_type):
        response = send(anonymous, "/api/v1/auth/login/", "identifier=a&password=b", content_type)
        assert problem(response)["status"] == 415


class TestBodies:
    LOGIN = "/api/v1/auth/login/"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("{", "malformed_json"),
            ('{"identifier": "a"} tail', "malformed_json"),
            ("{'identifier': 'a'}", "malformed_json"),
            ('{"identifier": NaN}', "malformed_json"),
            ('{"identifier": "\\ud800"}', "malformed_json"),
            ('{"\\udfff": "a"}', "malformed_json"),
            (b'{"identifier": "\xff\xfe"}', "malformed_json"),
            ('{"identifier": "a"}'.encode("utf-16"), "malformed_json"),
            ('{"identifier": "a\\u0000b"}', "nul_character"),
            ('{"a\\u0000b": 1}', "nul_character"),
            ("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2), "too_deep"),
            ('{"a":' * (DEEPEST + 2) + "1" + "}" * (DEEPEST + 2), "too_deep"),
            ("[" * 100_000 + "]" * 100_000, "malformed_json"),
            ('{"identifier": "' + "x" * LARGEST_BYTES + '"}', "too_large"),
            ('{"identifier": "' + "x" * 4 * LARGEST_BYTES + '"}', "too_large"),
        ],
        ids=lambda value: str(value)[:24],
    )
    def test_what_is_no_usable_json_is_400(self, anonymous, body, code):
        assert problem(send(anonymous, self.LOGIN, body))["code"] == code

    @pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 400])
    def test_a_number_beyond_all_bounds_is_400(self, signed_in, number):
        response = send(signed_in, "/api/v1/action-plans/parse-dosage/", '{"text": ' + number + "}")
        assert problem(response)["status"] == 400

    def test_a_body_of_the_deepest_nesting_is_read(self, anonymous):
        body = problem(send(anonymous, self.LOGIN, '{"a":' * DEEPEST + "1" + "}" * DEEPEST))
        assert body["code"] == "invalid"

    @pytest.mark.parametrize("body", ["", "   ", "{}"])
    def test_an_empty_body_is_an_empty_object(self, db, anonymous, body):
        found = problem(send(anonymous, self.LOGIN, body))["errors"]
        assert ("/password", "required") in {(error["pointer"], error["code"]) for error in found}

    @pytest.mark.parametrize("body", ["null", "0", "true", '""', '"text"', "[]", "[{}]", "1.5"])
    def test_what_is_no_object_is_400(self, anonymous, body):
        assert problem(send(anonymous, self.LOGIN, body))["errors"][0]["pointer"] == ""

    @pytest.mark.parametrize("value", ["null", "0", "true", "[]", "{}", "[[]]", '{"a": 1}', "1e308"])
    def test_a_value_of_another_type_is_refused(self, db, anonymous, value):
        body = problem(send(anonymous, self.LOGIN, f'{{"identifier": {value}, "password": {value}}}'))
        assert body["status"] in {400, 401}

    def test_nothing_but_the_first_megabyte_and_a_word_is_kept_of_a_large_body(self, anonymous):
        assert "xxx" not in send(anonymous, self.LOGIN, b'{"a": "' + b"x" * LARGEST_BYTES + b'"}').content.decode()


@own_urls
@pytest.mark.django_db  # A refusal is written down.
class TestTranslation:
    @pytest.mark.parametrize(
        ("kind", "status", "code"),
        [
            ("unexpected", 500, "unexpected"),
            ("data", 400, "invalid"),
            ("operational", 503, "unavailable"),
            ("interface", 503, "unavailable"),
            ("http404", 404, "not_found"),
            ("denied", 403, "permission_denied"),
            ("model", 400, "invalid"),
            ("rule", 409, "some_rule"),
            ("role", 403, "not_allowed"),
            ("parameter", 400, "invalid"),
        ],
    )
    def test_each_kind_of_failure_has_its_status(self, anonymous, kind, status, code):
        response = anonymous.get(f"/api/v1/fails/{kind}/")
        body = problem(response)
        assert (body["status"], body["code"]) == (status, code)
        assert SECRET not in response.content.decode()
        assert "Traceback" not in response.content.decode()

    def test_an_unexpected_failure_tells_only_a_trace_id(self, anonymous, log):
        body = problem(anonymous.get("/api/v1/fails/unexpected/"))
        assert body["type"] == "about:blank"
        assert "errors" not in body
        assert body["trace_id"] in log.getvalue()
        assert "ZeroDivisionError" in log.getvalue()
        assert SECRET not in log.getvalue()  # A message may quote what was sent.

    @pytest.mark.parametrize("kind", ["operational", "interface"])
    def test_why_a_service_is_away_stands_in_the_log(self, anonymous, log, kind):
        anonymous.get(f"/api/v1/fails/{kind}/")
        assert type(FAILURES[kind]).__name__ in log.getvalue()

    def test_a_refusal_is_no_entry_in_the_error_log(self, anonymous, log):
        anonymous.get("/api/v1/fails/rule/")
        assert '"level": "error"' not in log.getvalue()

    def test_every_message_of_a_model_is_told(self, anonymous):
        found = problem(anonymous.get("/api/v1/fails/model/"))["errors"]
        assert {error["detail"] for error in found} == {"Too short.", "Unknown."}

    def test_a_query_parameter_is_told_from_a_field(self, anonymous):
        assert problem(anonymous.get("/api/v1/fails/parameter/"))["errors"][0]["pointer"] == "?from"

    def test_debugging_shows_no_more(self, anonymous, settings):
        settings.DEBUG = True
        assert SECRET not in json.dumps(problem(anonymous.get("/api/v1/fails/unexpected/")))

    @pytest.mark.parametrize("debug", [False, True])
    def test_a_failure_outside_of_the_framework_is_a_problem_too(self, settings, debug):
        settings.DEBUG = debug
        response = Client(raise_request_exception=False).get("/api/v1/plain/")
        assert problem(response)["status"] == 500
        assert SECRET not in response.content.decode()

    def test_pointers_lead_to_the_value(self, anonymous):
        wrong = {
            "inner": {"dose": "many"},
            "rows": [{"dose": 1}, {"dose": None}, 3],
            "names": ["ann", "benjamin"],
            "by_day": {"mon/tue": "x", "~": 1},
        }
        found = problem(send(anonymous, "/api/v1/nested/", json.dumps(wrong)))["errors"]
        assert {(error["pointer"], error["code"]) for error in found} == {
            ("/inner/dose", "invalid"),
            ("/rows/1/dose", "null"),
            ("/rows/2", "invalid"),
            ("/names/1", "max_length"),
            ("/by_day/mon~1tue", "invalid"),
        }

    def test_pointers_of_errors_raised_by_hand_do_too(self, anonymous):
        found = problem(anonymous.get("/api/v1/fails/by_hand/"))["errors"]
        assert [(error["pointer"], error["detail"]) for error in found] == [
            ("/rows/1/dose", "Too many."),
            ("/rows/1/dose", "Not whole."),
            ("", "Too late."),
        ]

    def test_a_missing_object_is_one_error(self, anonymous):
        found = problem(send(anonymous, "/api/v1/nested/", '{"names": [], "by_day": {}, "rows": []}'))["errors"]
        assert [(error["pointer"], error["code"]) for error in found] == [("/inner", "required")]


class TestAtTheGate:
    @pytest.mark.parametrize("debug", [False, True])
    def test_an_unknown_host_is_a_problem(self, anonymous, settings, debug):
        settings.DEBUG = debug
        settings.ALLOWED_HOSTS = ["careloop.example"]
        assert problem(anonymous.get("/api/v1/health/live/", headers={"Host": "evil.example"}))["status"] == 400

    def test_a_post_without_the_final_slash_is_served(self, db, anonymous):
        body = json.dumps({"identifier": "nobody", "password": "nothing"})
        assert problem(send(anonymous, "/api/v1/auth/login", body))["code"] == "wrong_credentials"

    def test_too_many_requests_are_told_how_long_to_wait(self, db, anonymous, monkeypatch):
        monkeypatch.setattr(ScopedThrottle, "THROTTLE_RATES", {"auth": "2/hour"})
        responses = [send(anonymous, "/api/v1/auth/login/", "{}") for _ in range(3)]
        assert [response.status_code for response in responses] == [400, 400, 429]
        assert problem(responses[-1])["code"] == "throttled"
        assert 1 <= int(responses[-1]["Retry-After"]) <= 3600

    def test_whoever_is_not_signed_in_is_challenged(self, db, anonymous):
        response = anonymous.get("/api/v1/me/")
        assert problem(response)["code"] == "not_signed_in"
        assert response["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
    def test_a_token_that_is_none_is_401_even_where_nobody_must_sign_in(self, db, anonymous, token):
        response = anonymous.get("/api/v1/doctors/", headers={"Authorization": f"Bearer {token}"})
        assert problem(response)["code"] == "session_over"
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Cache-Control"] == "no-store"


# --- Naughty strings ------------------------------------------------------------------------------------

NAUGHTY = [
    "",
    " ",
    "\t\r\n",
    "\u00a0\u2003\u3000",
    "null",
    "None",
    "undefined",
    "NaN",
    "-1",
    "0x1F",
    "1e309",
    "9" * 400,
    "true",
    "' OR '1'='1' --",
    "'; DROP TABLE accounts_user; --",
    '" OR ""="',
    "%s %d %(name)s {0} {name} ${name}",
    "\\",
    "\\x00 \\u0000 %00",
    "../../../../etc/passwd",
    "..\\..\\windows\\system32",
    "C:/con/con",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "Zoë Ångström ﬁ Straße İstanbul",
    "مرحبا بالعالم",
    "שלום\u202eעולם\u202c",
    "\u200f\u200e\u202a\u202b",
    "田中さんにあげて下さい",
    "👩🏽‍⚕️👨‍👩‍👧‍👦🇺🇳",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘",
    "\ufeffbyte order mark",
    "nul\x00inside",
    "\ufffe\uffff\U0010ffff",
    "\u0001\u0008\u001b[31m\u007f\u0085",
    "\u2028\u2029",
    "KİſS@example.org",
    "a@b",
    "a" * 64 + "@" + "b" * 300 + ".example",
    "2026-02-30",
    "2026-11-23T09:00:00",
    "2026-11-23T24:61:00+99:99",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "٢٠٢٦-١١-٢٣",
    "00000000-0000-0000-0000-000000000000",
    "{01900000-0000-7000-8000-00000000dead}",
    "Europe/../Paris",
    "x" * 5_000,
    "é" * 70_000,
]

REGISTER = {
    "email": "zoe@example.org",
    "password": "a long enough password",
    "first_name": "Zoe",
    "last_name": "Okafor",
    "phone": "+15550100001",
    "time_zone": "UTC",
    "consent": True,
    "role": "PATIENT",
}


def naughty(turn: int) -> list[str]:
    """Return every naughty string for a full proof, and otherwise a third of them, another third each turn."""
    return NAUGHTY if os.environ.get("PROOF") == "full" else NAUGHTY[turn % 3 :: 3]


def naughty_bodies(good: dict, *fields: str) -> Iterator[dict]:
    """Yield the good body with each field in turn holding naughty strings, in a list and an object too."""
    for turn, name in enumerate(fields or good):
        for text in naughty(turn):
            yield {**good, name: text}
        yield {**good, name: [NAUGHTY[13]]}
        yield {**good, name: {NAUGHTY[24]: NAUGHTY[25]}}
        yield {**good, name: None}


def as_header(text: str) -> str:
    """Return the text as a web server hands its bytes over (PEP 3333); none lets a NUL through (RFC 9110, 5.5)."""
    return text.replace("\x00", "").encode().decode("latin-1")


def assert_calm(client: APIClient, method: str, path: str, body: dict | None = None, **extra):
    """Send one request and undo it: never a 5xx, a problem when refused, and nothing written then."""
    raw = "" if body is None else json.dumps(body)
    with undone(), CaptureQueriesContext(connection) as captured:
        response = client.generic(method, path, raw, content_type="application/json", **extra)
    assert response.status_code < 500, (path, body, response.content)
    if response.status_code >= 400:
        problem(response)
        written = {
            match.group(2) for query in captured.captured_queries if (match := WRITES.match(query["sql"] or ""))
        } - TRACES
        assert not written, (path, body, response.content, written)
    return response


@pytest.mark.proof
class TestNaughtyStrings:
    def test_signing_up(self, db, anonymous):
        for body in naughty_bodies(REGISTER):
            assert_calm(anonymous, "POST", "/api/v1/auth/register/", body)

    def test_signing_in(self, person, anonymous):
        for body in naughty_bodies({"identifier": person.username, "password": PASSWORD}):
            assert_calm(anonymous, "POST", "/api/v1/auth/login/", body)

    def test_booking(self, booking, signed_in):
        for body in naughty_bodies(booking):
            answer = assert_calm(signed_in, "POST", "/api/v1/appointments/", body)
            if answer.status_code == 201 and body["reason"]:
                assert answer.json()["reason"] == body["reason"].strip()  # What is accepted comes back as it went.

    def test_choosing_a_doctor(self, booking, signed_in):
        good = {"patient": booking["patient"], "doctor": booking["doctor"], "notes": ""}
        for body in naughty_bodies(good, "notes"):
            assert_calm(signed_in, "POST", "/api/v1/mappings/", body)

    def test_writing_a_note(self, treated, doctor, client_of):
        doctors_client = client_of(doctor.user)
        good = {"patient": str(treated.pk), "text": "Feels better.", "replaces_plans": True}
        for body in naughty_bodies(good, "text", "replaces_plans"):
            assert_calm(doctors_client, "POST", "/api/v1/notes/", body)

    @pytest.mark.parametrize(
        ("path", "names"),
        [
            ("doctors/", ["specialization", "hospital"]),
            ("hospitals/", ["city", "search"]),
            ("appointments/", ["status", "from", "to", "doctor", "patient"]),
            ("notifications/", ["is_read", "topic"]),
            ("reminders/", ["state", "plan", "from"]),
            ("blogs/", ["search", "page_size", "with_count", "cursor"]),
            ("doctors/{doctor}/slots/", ["from", "to"]),
        ],
    )
    def test_query_parameters(self, doctor, signed_in, path, names):
        for turn, name in enumerate(names):
            for text in (*naughty(turn), "\ud800"):
                query = f"{name}=" + quote(text.encode("utf-8", "surrogatepass"))
                assert_calm(signed_in, "GET", f"/api/v1/{path.format(doctor=doctor.pk)}?{query}")

    def test_names_of_query_parameters(self, signed_in):
        for text in (*NAUGHTY[2:], "\ud800"):
            query = quote(text.encode("utf-8", "surrogatepass"))
            assert_calm(signed_in, "GET", f"/api/v1/appointments/?{query}=1&{query}=2")

    def test_addresses(self, signed_in):
        for text in (*NAUGHTY[2:], "\ud800"):
            part = quote(text.encode("utf-8", "surrogatepass"), safe="")
            assert_calm(signed_in, "GET", f"/api/v1/appointments/{part}/")
            assert_calm(signed_in, "POST", f"/api/v1/appointments/{part}/cancel", {})

    @pytest.mark.parametrize("name", ["Idempotency-Key", "User-Agent", "X-Request-ID"])
    def test_headers_that_are_kept(self, booking, signed_in, name):
        for text in naughty(len(name)):
            assert_calm(signed_in, "POST", "/api/v1/appointments/", booking, headers={name: as_header(text)})

    @pytest.mark.parametrize("name", ["If-Match", "If-None-Match", "Accept", "Accept-Language", "Origin"])
    def test_headers_that_are_read(self, doctor, anonymous, name):
        for text in naughty(len(name)):
            assert_calm(anonymous, "GET", f"/api/v1/doctors/{doctor.pk}/", headers={name: as_header(text)})

    def test_tokens(self, db, anonymous):
        for text in NAUGHTY:
            assert_calm(anonymous, "GET", "/api/v1/me/", headers={"Authorization": f"Bearer {as_header(text)}"})
