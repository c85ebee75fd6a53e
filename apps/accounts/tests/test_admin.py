"""The admin as a door of accounts: who gets in, what they must do first, when they are out, and what no page shows."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import CodePurpose, Role
from apps.accounts.models import KeyPair, OneTimeCode, RecoveryCode, Session, TotpDevice, User
from apps.accounts.services.codes import code_of, issue_code
from apps.accounts.services.keys import ensure_key_pair
from apps.accounts.services.passwords import set_generated_password
from apps.accounts.services.second_factor import new_recovery_codes
from apps.accounts.services.sessions import end_session, open_session
from apps.accounts.services.users import suspend_user
from apps.core.models import AuditEvent, OutboxEvent
from tests.care import client_of
from tests.little_cast import signed_in_to_admin
from tests.totp import give_second_factor, otp, wrong_otp
from tests.world import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN, INDEX, LEAVE = "/admin/login/", "/admin/", "/admin/logout/"
USERS, PASSWORD_PAGE, FACTOR_PAGE = "/admin/accounts/user/", "/admin/password_change/", "/admin/second-factor/"
NEW_PASSWORD = "another horse battery"
STAFF = {"is_staff": True, "is_superuser": True}


@pytest.fixture
def admin() -> User:
    return make_user("admin", Role.ADMIN, **STAFF)


@pytest.fixture
def office(admin) -> Client:
    return signed_in_to_admin(admin)


@pytest.fixture
def amina() -> User:
    return make_user("amina", email_verified_at=timezone.now())


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"username": username, "password": password, **more})


def words_of(page: Any) -> str:
    return html.unescape(page.content.decode())


def is_in(client: Client) -> bool:
    """Return whether the browser may look at the admin."""
    return client.get(INDEX).status_code == 200


def audited(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("id")


class TestSigningIn:
    @pytest.fixture
    def people(self, admin, amina, now) -> None:
        make_user("left", Role.ADMIN, is_active=False, **STAFF)
        give_second_factor(make_user("guarded", Role.ADMIN, **STAFF), confirmed_at=now)

    def test_opens_a_session_of_the_house_and_is_audited(self, admin):
        client = Client(headers={"user-agent": "Browser"}, REMOTE_ADDR="203.0.113.7")
        assert sign_in(client, "admin").status_code == 302
        session = admin.sessions.get()
        assert (session.agent, session.address) == ("Browser", "203.0.113.7")
        assert (audited("signed_in").subject_id, audited("signed_in").address) == (session.pk, "203.0.113.7")
        assert is_in(client)

    @pytest.mark.parametrize("name", ["ADMIN", " admin ", "admin@example.org"])
    def test_takes_the_names_that_the_api_takes(self, admin, name):
        assert sign_in(Client(), name).status_code == 302

    @pytest.mark.parametrize(
        ("credentials", "words", "code"),
        [
            (("admin", "not this one"), "The name or the password is wrong.", "wrong_credentials"),
            (("nobody", PASSWORD), "The name or the password is wrong.", "wrong_credentials"),
            (("left", PASSWORD), "This login does not work at present.", "login_not_working"),
            (("amina", PASSWORD), "This login may not open the administration.", "may_not_open_admin"),
            (("guarded", PASSWORD), "Give the code of your authenticator app", "otp_required"),
        ],
    )
    def test_every_refusal_has_words_is_audited_and_opens_nothing(self, people, credentials, words, code):
        client = Client()
        page = sign_in(client, *credentials)
        assert page.status_code == 200
        assert words in words_of(page)
        assert audited("sign_in_refused").details == {"code": code}
        assert not Session.objects.exists()
        assert not is_in(client)

    def test_with_a_second_factor_takes_each_code_once(self, admin, now):
        secret = give_second_factor(admin, confirmed_at=now)
        (recovery, *_others) = new_recovery_codes(actor=admin)
        shown = otp(secret)
        for given, status in (
            (wrong_otp(secret), 200), (shown, 302), (shown, 200), (recovery, 302), (recovery, 200),
        ):  # fmt: skip
            assert sign_in(Client(), "admin", otp=given).status_code == status, given

    def test_after_failures_the_form_says_how_long_to_wait_to_the_right_password_too(self, admin):
        for _ in range(6):
            sign_in(Client(), "admin", "not this one")
        page = sign_in(Client(), "admin")
        assert re.search(r"Too many attempts\. .*Wait \d+ seconds\.", words_of(page))
        assert not Session.objects.exists()

    def test_leads_to_no_other_site(self, admin):
        answer = Client().post(f"{LOGIN}?next=https://evil.example/", {"username": "admin", "password": PASSWORD})
        assert answer["Location"].startswith("/")

    def test_as_somebody_else_in_the_same_browser_ends_the_first_session(self, admin, office):
        make_user("colleague", Role.ADMIN, **STAFF)
        assert sign_in(office, "colleague").status_code == 302
        assert is_in(office)
        assert admin.sessions.get().end_reason == "SIGNED_OUT"


class TestBeingSignedOut:
    @pytest.mark.parametrize("how", ["suspended", "ended", "everywhere", "password", "no staff", "version"])
    def test_comes_with_the_next_request(self, admin, office, now, how):
        session = admin.sessions.get()
        api = client_of(admin, now=now)
        new_password = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
        acts: dict[str, Callable[[], Any]] = {
            "suspended": lambda: suspend_user(actor=make_user("other", Role.ADMIN), user=admin, now=now),
            "ended": lambda: api.delete(f"/api/v1/auth/sessions/{session.pk}/"),
            "everywhere": lambda: api.post("/api/v1/auth/logout/", {"all": True}, format="json"),
            "password": lambda: api.post("/api/v1/auth/password/change/", new_password, format="json"),
            "no staff": lambda: User.objects.filter(pk=admin.pk).update(is_staff=False),
            "version": lambda: User.objects.filter(pk=admin.pk).update(is_active=False),
        }
        assert is_in(office)
        acts[how]()
        assert office.get(USERS)["Location"].startswith(LOGIN)

    def test_by_oneself_ends_the_session_of_the_house(self, admin, office):
        assert office.post(LEAVE).status_code == 200
        assert admin.sessions.get().end_reason == "SIGNED_OUT"
        assert audited("signed_out").actor_id == admin.pk
        assert not is_in(office)

    def test_by_another_site_does_not_happen(self, admin):
        browser = Client(enforce_csrf_checks=True)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', words_of(browser.get(LOGIN)))[1]
        assert sign_in(browser, "admin", csrfmiddlewaretoken=token).status_code == 302
        assert browser.post(LEAVE).status_code == 403
        assert admin.sessions.get().ended_at is None

    def test_a_browsers_session_without_one_of_the_house_opens_nothing(self, admin, office):
        end_session(session_id=admin.sessions.get().pk, actor=admin, now=timezone.now())
        assert not is_in(office)
        assert "_auth_user_id" not in office.session


class TestWhatIsOwed:
    PAGES = (INDEX, USERS, "/admin/core/auditevent/", "/admin/no-such-page/")

    def led_to(self, client: Client) -> set[str]:
        return {client.get(page).headers.get("Location", "") for page in self.PAGES}

    def test_a_generated_password_is_changed_before_anything_else(self, admin, now):
        generated = set_generated_password(actor=make_user("other", Role.ADMIN), user=admin, now=now)
        client = Client()
        assert sign_in(client, "admin", generated).status_code == 302
        assert self.led_to(client) == {PASSWORD_PAGE}
        assert client.get(PASSWORD_PAGE).status_code == 200
        for old, new, words in (
            ("not this one", NEW_PASSWORD, "This is not your present password."),
            (generated, "password123", "too common"),
            (generated, generated, "This is the generated password."),
        ):
            page = client.post(PASSWORD_PAGE, {"old_password": old, "new_password": new, "repeated": new})
            assert (page.status_code, words in words_of(page)) == (200, True), words
        assert self.led_to(client) == {PASSWORD_PAGE}
        given = {"old_password": generated, "new_password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
        assert client.post(PASSWORD_PAGE, given)["Location"] == INDEX
        assert is_in(client)
        assert admin.sessions.open(now=timezone.now()).count() == 1
        assert sign_in(Client(), "admin", NEW_PASSWORD).status_code == 302

    def test_a_second_factor_is_set_up_before_anything_else(self, admin, settings):
        settings.SECOND_FACTOR_ROLES = [Role.ADMIN]
        client = signed_in_to_admin(admin)
        assert self.led_to(client) == {FACTOR_PAGE}
        assert client.get(FACTOR_PAGE).status_code == 200
        refused = client.post(FACTOR_PAGE, {"step": "begin", "password": "not this one"})
        assert "This is not your present password." in words_of(refused)
        begun = words_of(client.post(FACTOR_PAGE, {"step": "begin", "password": PASSWORD}))
        assert 'src="data:image/svg+xml' in begun
        secret = re.search(r"<code>([A-Z2-7]{32})</code>", begun)[1]
        wrong = client.post(FACTOR_PAGE, {"step": "confirm", "otp": wrong_otp(secret)})
        assert "This code is wrong or was used already." in words_of(wrong)
        assert self.led_to(client) == {FACTOR_PAGE}
        confirmed = words_of(client.post(FACTOR_PAGE, {"step": "confirm", "otp": otp(secret)}))
        codes = re.findall(r"\b[0-9a-f]{6}-[0-9a-f]{6}\b", confirmed)
        assert (len(set(codes)), is_in(client)) == (10, True)
        assert codes[0] not in words_of(client.get(FACTOR_PAGE))
        assert sign_in(Client(), "admin").status_code == 200
        assert sign_in(Client(), "admin", otp=codes[0]).status_code == 302

    def test_one_after_the_other_and_leaving_is_always_possible(self, admin, settings, now):
        settings.SECOND_FACTOR_ROLES = [Role.ADMIN]
        generated = set_generated_password(actor=make_user("other", Role.ADMIN), user=admin, now=now)
        client = Client()
        sign_in(client, "admin", generated)
        assert client.get(FACTOR_PAGE)["Location"] == PASSWORD_PAGE
        given = {"old_password": generated, "new_password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
        client.post(PASSWORD_PAGE, given)
        assert self.led_to(client) == {FACTOR_PAGE}
        assert client.post(LEAVE).status_code == 200

    @pytest.mark.parametrize("page", [PASSWORD_PAGE, FACTOR_PAGE])
    def test_nobody_else_gets_these_pages(self, amina, page):
        assert Client().get(page)["Location"].startswith(LOGIN)
        browser = Client()
        browser.force_login(amina)
        assert browser.get(page)["Location"].startswith(LOGIN)


class TestActions:
    def act(self, office: Client, action: str, user: User) -> str:
        chosen = {"action": action, "_selected_action": [str(user.pk)]}
        return words_of(office.post(USERS, chosen, follow=True))

    def test_suspend_and_activate(self, office, admin, amina, now):
        session = open_session(user=amina, now=now)
        assert "Suspended: 1" in self.act(office, "suspend", amina)
        amina.refresh_from_db()
        session.refresh_from_db()
        assert (amina.is_active, session.end_reason) == (False, "SUSPENDED")
        assert "Activated: 1" in self.act(office, "activate", amina)
        amina.refresh_from_db()
        assert (amina.is_active, amina.suspended_at) == (True, None)
        for action in ("user_suspended", "user_activated"):
            assert (audited(action).actor_id, audited(action).subject_id) == (admin.pk, amina.pk)

    def test_nobody_suspends_their_own_login(self, office, admin):
        assert "You cannot suspend your own login." in self.act(office, "suspend", admin)
        assert is_in(office)

    def test_sign_out_everywhere(self, office, admin, amina, now):
        session = open_session(user=amina, now=now)
        assert "Signed out: 1" in self.act(office, "end_sessions", amina)
        session.refresh_from_db()
        assert session.end_reason == "ENDED_BY_ADMIN"
        assert audited("signed_out_everywhere").actor_id == admin.pk

    def test_send_a_reset_code_which_the_page_does_not_show(self, office, admin, amina):
        page = self.act(office, "send_password_reset", amina)
        sent = OneTimeCode.objects.get(subject_id=amina.pk)
        assert "Code sent: 1" in page
        assert code_of(sent.pk) not in page
        assert sent.purpose == CodePurpose.PASSWORD_RESET
        assert OutboxEvent.objects.get(topic="accounts.code_issued").ids == {"code_id": str(sent.pk)}
        assert (audited("reset_sent").actor_id, audited("reset_sent").subject_id) == (admin.pk, amina.pk)

    def test_no_reset_code_goes_to_an_address_that_nobody_confirmed(self, office):
        bea = make_user("bea", email_verified_at=None)
        assert "Confirm your e-mail address first." in self.act(office, "send_password_reset", bea)
        assert not OneTimeCode.objects.exists()

    def test_remove_a_lost_second_factor(self, office, admin, amina, now):
        give_second_factor(amina, confirmed_at=now)
        assert "Second factor removed: 1" in self.act(office, "remove_second_factor", amina)
        assert not TotpDevice.objects.exists()
        assert audited("second_factor_removed").actor_id == admin.pk

    @pytest.mark.parametrize("action", ["suspend", "activate", "send_password_reset", "remove_second_factor"])
    def test_staff_of_another_role_does_none_of_it(self, amina, now, action):
        give_second_factor(amina, confirmed_at=now)
        staff = signed_in_to_admin(make_user("clerk", Role.PATIENT, **STAFF))
        before = User.objects.values().get(pk=amina.pk)
        assert "Your role does not allow this." in self.act(staff, action, amina)
        assert User.objects.values().get(pk=amina.pk) == before
        assert TotpDevice.objects.exists()
        assert not OneTimeCode.objects.exists()


class TestShowing:
    @pytest.fixture
    def secrets(self, amina, now) -> list[str]:
        """Everything about a login that nobody but its owner, or nobody at all, may see."""
        secret, codes = give_second_factor(amina, confirmed_at=now), new_recovery_codes(actor=amina)
        pair, session = ensure_key_pair(holder_id=amina.pk), open_session(user=amina, now=now)
        code = issue_code(purpose=CodePurpose.PASSWORD_RESET, subject_id=amina.pk, requester=amina.email, now=now)
        sealed = [pair.private_key_sealed, pair.signing_private_key_sealed, amina.totp_device.secret_sealed]
        hashes = [bytes(row.code_hash) for row in RecoveryCode.objects.all()]
        return [
            *(amina.password, amina.password.rpartition("$")[2], PASSWORD, secret, *codes),
            *(str(session.refresh_id), code_of(code.pk), *(bytes(raw).hex() for raw in (*sealed, *hashes))),
        ]

    def test_no_page_shows_a_code_a_hash_a_key_or_a_secret(self, office, amina, secrets):
        pages = [INDEX, "/admin/core/auditevent/", "/admin/core/outboxevent/"]
        for model in (User, Session, KeyPair):
            listing = f"/admin/accounts/{model._meta.model_name}/"
            rows = model.objects.all()
            pages += [listing, *(f"{listing}{row.pk}/{part}/" for row in rows for part in ("change", "history"))]
        for page in pages:
            answer = office.get(page)
            assert answer.status_code == 200
            assert [secret for secret in secrets if re.search(rf"(?<!\w){re.escape(secret)}", words_of(answer))] == []
        assert amina.email in words_of(office.get(USERS))

    @pytest.mark.parametrize(
        ("model", "lookup"),
        [
            ("user", "password__startswith"),
            ("user", "password__regex"),
            ("user", "totp_device__secret_sealed__isnull"),
            ("user", "recovery_codes__code_hash"),
            ("session", "refresh_id"),
            ("session", "refresh_id__gte"),
            ("session", "user__password__startswith"),
            ("keypair", "private_key_sealed__isnull"),
            ("keypair", "private_key_sealed__gte"),
            ("consent", "user__password__startswith"),
        ],
    )
    def test_no_list_answers_guesses_at_what_it_does_not_show(self, office, amina, model, lookup):
        assert office.get(f"/admin/accounts/{model}/?{lookup}=md5").status_code == 400

    def test_logins_are_searched_by_index(self, office, amina):
        found = office.get(USERS, {"q": "min"}).context["cl"].queryset
        assert {login.username for login in found} == {"admin", "amina"}
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")  # Few rows: no need.
        assert "login_search" in found.explain()

    @pytest.mark.parametrize("query", ["q=amina", "role__exact=PATIENT", "is_active__exact=1", "o=1"])
    def test_what_it_shows_can_be_asked_for(self, office, amina, query):
        page = office.get(f"{USERS}?{query}")
        assert page.status_code == 200
        assert amina.email in words_of(page)
