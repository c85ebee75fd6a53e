"""Staff are invited by e-mail, join once, and are deactivated; a hospital always keeps somebody."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.test import override_settings

from apps.accounts.models import Consent, User
from apps.core.errors import NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race
from apps.hospitals.models import Hospital, StaffMember
from apps.hospitals.services.staff import (
    INVITATION_LIFETIME,
    AlreadyStaff,
    InvitationOver,
    LastStaff,
    accept_invitation,
    deactivate_staff,
    invite_staff,
)
from apps.hospitals.tokens import invitation_token
from apps.notifications.letters import write_letter
from apps.notifications.models import Delivery
from apps.notifications.topics import topic_named
from tests.world import make_hospital, make_staff, make_user

JOINING = {"first_name": "Joon", "last_name": "Park", "phone": "", "password": "a long enough password"}


@pytest.fixture
def invited(staff, now) -> StaffMember:
    return invite_staff(actor=staff, email="Joon@Example.org", now=now)


def message_of(member: StaffMember):
    return topic_named("staff_invited").render([member.pk])[member.pk]


class TestInviting:
    def test_makes_a_login_that_sleeps(self, invited, home, now):
        assert (invited.hospital, invited.is_active, invited.state) == (home, False, "INVITED")
        assert (invited.user.email, invited.user.role, invited.user.is_active) == (
            "joon@example.org",
            "HOSPITAL",
            False,
        )
        assert not invited.user.has_usable_password()
        assert invited.invitation_expires_at == now + INVITATION_LIFETIME
        assert AuditEvent.objects.get(action="staff_invited").tenant_id == home.pk

    @override_settings(FRONTEND_URL="https://app.example")
    def test_sends_a_link_to_the_frontend_that_nothing_keeps(self, invited, client_of, staff):
        delivery = Delivery.objects.get(topic="staff_invited")
        letter = write_letter(message_of(invited))
        assert delivery.user == invited.user
        assert f"https://app.example/staff/accept/?token={invitation_token(invited)}" in letter.text
        assert invitation_token(invited) not in str(message_of(invited).body)
        shown = client_of(staff).get("/api/v1/hospitals/staff/").content.decode()
        assert "joon@example.org" in shown
        assert invitation_token(invited) not in shown

    @override_settings(FRONTEND_URL="", SITE_URL="https://care.example")
    def test_the_link_leads_to_the_site_whatever_host_was_asked(self, home, staff, client_of):
        answer = client_of(staff).post(
            "/api/v1/hospitals/staff/", {"email": "a@example.org"}, "json", HTTP_HOST="testserver"
        )
        assert answer.status_code == 201
        assert "https://care.example/staff/accept/" in write_letter(message_of(StaffMember.objects.first())).text

    def test_again_sends_a_new_link_and_ends_the_older(self, invited, staff, now):
        older = invitation_token(invited)
        again = invite_staff(actor=staff, email="joon@example.org", now=now)
        assert again.pk == invited.pk
        assert Delivery.objects.filter(topic="staff_invited").count() == 2
        with pytest.raises(InvitationOver):
            accept_invitation(token=older, **JOINING, now=now)
        assert accept_invitation(token=invitation_token(again), **JOINING, now=now).is_active

    def test_who_works_here_is_refused(self, home, staff, now):
        with pytest.raises(AlreadyStaff):
            invite_staff(actor=staff, email=staff.email, now=now)

    def test_to_another_hospital_is_as_absent_and_not_for_others(self, staff, now):
        with pytest.raises(NotFound):
            invite_staff(actor=staff, email="a@example.org", hospital_id=make_hospital("Hillside").pk, now=now)
        with pytest.raises(NotAllowed):
            invite_staff(actor=make_user("somebody"), email="a@example.org", now=now)
        assert StaffMember.objects.count() == 1

    def test_an_administrator_names_the_hospital(self, home, office, client_of):
        client = client_of(office)
        assert client.post("/api/v1/hospitals/staff/", {"email": "a@example.org"}, "json").status_code == 400
        body = {"email": "a@example.org", "hospital": str(home.pk)}
        assert client.post("/api/v1/hospitals/staff/", body, "json").status_code == 201

    def test_whoever_is_no_longer_wanted_gets_no_mail(self, invited, staff, now):
        wanted = topic_named("staff_invited").still_wanted
        assert wanted([invited.pk]) == {invited.pk}
        deactivate_staff(actor=staff, member=invited, now=now)
        assert wanted([invited.pk]) == set()


class TestJoining:
    def test_sets_name_and_password_and_lets_in(self, invited, anonymous):
        body = {"token": invitation_token(invited), **JOINING, "consent": True}
        answer = anonymous.post("/api/v1/hospitals/staff/accept/", body, "json")
        assert (answer.status_code, answer.json()["state"], answer.json()["name"]) == (200, "ACTIVE", "Joon Park")
        credentials = {"username": answer.json()["username"], "password": JOINING["password"]}
        assert anonymous.post("/api/v1/auth/login/", credentials, "json").status_code == 200
        assert User.objects.get(email="joon@example.org").email_verified_at is not None

    def test_is_consent_which_is_kept_with_its_version_and_time(self, invited, anonymous, now):
        body = {"token": invitation_token(invited), **JOINING}
        for refused in ({}, {"consent": False}):
            answer = anonymous.post("/api/v1/hospitals/staff/accept/", {**body, **refused}, "json")
            assert [error["pointer"] for error in answer.json()["errors"]] == ["/consent"]
        assert not Consent.objects.exists()
        accept_invitation(token=body["token"], **JOINING, now=now)
        (kept,) = Consent.objects.all()
        assert (kept.user, kept.version, kept.given_at) == (invited.user, settings.CONSENT_VERSION, now)

    def test_works_once(self, invited, now):
        token = invitation_token(invited)
        accept_invitation(token=token, **JOINING, now=now)
        with pytest.raises(InvitationOver):
            accept_invitation(token=token, **{**JOINING, "password": "the thief's password"}, now=now)
        invited.user.refresh_from_db()
        assert invited.user.check_password(JOINING["password"])

    def test_works_for_seven_days(self, invited, now):
        with pytest.raises(InvitationOver), time_machine.travel(now + INVITATION_LIFETIME, tick=False):
            accept_invitation(token=invitation_token(invited), **JOINING, now=now + INVITATION_LIFETIME)
        just_before = now + INVITATION_LIFETIME - timedelta(seconds=1)
        assert accept_invitation(token=invitation_token(invited), **JOINING, now=just_before).is_active

    @pytest.mark.parametrize("token", ["", "x", "WzEsMl0:1vMabc:x", "a" * 501])
    def test_a_made_up_token_is_refused(self, db, anonymous, token):
        answer = anonymous.post("/api/v1/hospitals/staff/accept/", {"token": token, **JOINING, "consent": True}, "json")
        assert answer.status_code == 400

    def test_a_withdrawn_invitation_or_a_suspended_login_is_refused(self, invited, staff, now):
        User.objects.filter(pk=invited.user_id).update(suspended_at=now)
        with pytest.raises(InvitationOver):
            accept_invitation(token=invitation_token(invited), **JOINING, now=now)
        User.objects.filter(pk=invited.user_id).update(suspended_at=None)
        deactivate_staff(actor=staff, member=invited, now=now)
        with pytest.raises(InvitationOver):
            accept_invitation(token=invitation_token(invited), **JOINING, now=now)

    def test_a_weak_password_leaves_the_invitation_open(self, invited, anonymous):
        body = {"token": invitation_token(invited), **JOINING, "password": "short", "consent": True}
        answer = anonymous.post("/api/v1/hospitals/staff/accept/", body, "json")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/password"]
        invited.refresh_from_db()
        assert invited.state == "INVITED"


class TestLeaving:
    def test_stops_the_login_on_its_next_request(self, home, staff, client_of):
        colleague = make_staff("colleague", home)
        theirs = client_of(colleague)
        assert theirs.get("/api/v1/me/").status_code == 200
        path = f"/api/v1/hospitals/staff/{colleague.staff_member.pk}/"
        assert client_of(staff).delete(path).status_code == 204
        assert theirs.get("/api/v1/me/").status_code == 401
        assert client_of(staff).get("/api/v1/hospitals/staff/?state=deactivated").json()["results"][0]["id"] == str(
            colleague.staff_member.pk
        )

    def test_the_last_one_stays(self, home, staff, now):
        with pytest.raises(LastStaff):
            deactivate_staff(actor=staff, member=staff.staff_member, now=now)
        make_user("asleep", is_active=False)
        assert staff.staff_member.is_active

    def test_a_colleague_whose_login_is_suspended_does_not_count(self, home, staff, now):
        colleague = make_staff("colleague", home)
        User.objects.filter(pk=colleague.pk).update(is_active=False)
        with pytest.raises(LastStaff):
            deactivate_staff(actor=staff, member=staff.staff_member, now=now)

    def test_of_another_hospital_is_refused(self, home, staff, stranger, client_of):
        make_staff("colleague", home)
        answer = client_of(stranger).delete(f"/api/v1/hospitals/staff/{staff.staff_member.pk}/")
        assert answer.status_code == 404
        assert StaffMember.objects.filter(is_active=True).count() == 3


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_who_deactivate_each_other_leave_one(self, now):
        hospital = make_hospital("Riverside")
        one, other = make_staff("one", hospital), make_staff("other", hospital)
        acts = [
            partial(deactivate_staff, actor=actor, member=member.staff_member, now=now)
            for actor, member in ((one, other), (other, one))
        ]
        outcomes = race(acts)
        assert sorted(type(outcome).__name__ for outcome in outcomes) in (
            ["LastStaff", "StaffMember"],
            ["NotAllowed", "StaffMember"],
        )
        assert StaffMember.objects.filter(is_active=True).count() == 1

    def test_an_invitation_is_accepted_once(self, now):
        staff = make_staff("clerk", make_hospital("Riverside"))
        member = invite_staff(actor=staff, email="joon@example.org", now=now)
        accept = partial(accept_invitation, token=invitation_token(member), **JOINING, now=now)
        outcomes = race([accept] * 6)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvitationOver"] * 5 + ["StaffMember"]

    def test_one_address_invited_by_many_makes_one_login(self, now):
        hospital = make_hospital("Riverside")
        staff = make_staff("clerk", hospital)
        outcomes = race([partial(invite_staff, actor=staff, email="joon@example.org", now=now)] * 4)
        assert {type(outcome) for outcome in outcomes} == {StaffMember}
        assert Hospital.objects.get().staff.count() == 2
