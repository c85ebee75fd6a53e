"""The clinical profile: kept by managers and treating doctors, read by nobody else, deleted by nobody."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from apps.core.models import AuditEvent
from apps.patients.models import Allergy, Condition, HealthFacts, HospitalRegistration, Management, Medication
from apps.patients.services.care import NotTreating, end_relationship
from apps.patients.services.profile import add_entry, change_entry, take_back_entry
from tests.care import client_of, make_care
from tests.world import make_doctor, make_staff

pytestmark = pytest.mark.django_db
KINDS = {
    "allergies": (Allergy, {"substance": "Penicillin", "reaction": "Rash", "severity": "severe"}),
    "conditions": (Condition, {"name": "Type 2 diabetes", "code": "e119", "started_date": "2015-09-01"}),
    "medications": (Medication, {"name": "Metformin", "dosage": "1 tablet at night", "source": "prescribed"}),
}
EACH = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def care(now):
    return make_care(now)


@pytest.fixture
def manager(care, now):
    return client_of(care.manager, now=now)


@pytest.fixture
def doctor(care, now):
    return client_of(care.doctor.user, now=now)


@pytest.fixture
def path(care):
    return lambda kind, entry="": f"/api/v1/patients/{care.patient.pk}/{kind}/" + (f"{entry}/" if entry else "")


@pytest.fixture
def add(path):
    def add(client, kind, **changes):
        return client.post(path(kind), KINDS[kind][1] | changes, format="json")

    return add


@pytest.fixture
def scene(add, path, care, now):
    """Return what most of these tests are about, together."""
    clients = {"manager": client_of(care.manager, now=now), "doctor": client_of(care.doctor.user, now=now)}
    return SimpleNamespace(add=add, path=path, care=care, now=now, **clients)


def errors(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


class TestEntries:
    @EACH
    @pytest.mark.parametrize("writer", ["manager", "doctor"])
    def test_are_written_by_both_and_seen_by_both(self, scene, kind, writer):
        made = scene.add(getattr(scene, writer), kind)
        assert made.status_code == 201
        assert made.json()["status"] == "ACTIVE"
        for reader in (scene.manager, scene.doctor):
            assert reader.get(scene.path(kind)).json()["results"] == [made.json()]
            assert reader.get(scene.path(kind, made.json()["id"])).json() == made.json()

    def test_choices_and_codes_are_kept_in_one_way(self, add, manager):
        assert add(manager, "allergies").json()["severity"] == "SEVERE"
        assert add(manager, "conditions").json()["code"] == "E11.9"
        assert add(manager, "medications").json()["source"] == "PRESCRIBED"

    @EACH
    def test_end_and_stay(self, add, path, manager, now, kind):
        entry = add(manager, kind).json()["id"]
        ended = manager.patch(path(kind, entry), {"ended_date": str(now.date())}, format="json").json()
        assert ended["status"] == "ENDED"
        assert manager.get(path(kind)).json()["results"] == [ended]
        assert manager.get(path(kind), {"status": "active"}).json()["results"] == []
        assert manager.get(path(kind), {"status": "ENDED"}).json()["results"] == [ended]

    def test_a_course_with_a_planned_last_day_holds_until_it_is_over(self, add, path, manager, now):
        last_day = (now + timedelta(days=7)).date().isoformat()
        made = add(manager, "medications", started_date=now.date().isoformat(), ended_date=last_day).json()
        assert made["status"] == "ACTIVE"
        listed = {status: manager.get(path("medications"), {"status": status}).json() for status in ("ACTIVE", "ENDED")}
        assert [len(listed[status]["results"]) for status in ("ACTIVE", "ENDED")] == [1, 0]

    @pytest.mark.parametrize("zone_name", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # One is on another day now.
    def test_today_is_the_patients(self, scene, zone_name):
        patient, manager = scene.care.patient, scene.manager
        patient.time_zone = zone_name
        patient.save()
        today = patient.today(now=scene.now)
        for status, last_day in {"ENDED": today, "ACTIVE": today + timedelta(days=1)}.items():
            made = scene.add(manager, "allergies", ended_date=str(last_day)).json()
            assert made["status"] == status
            assert manager.get(scene.path("allergies"), {"status": status}).json()["results"] == [made]

    @EACH
    def test_what_was_never_true_is_kept_out_of_sight(self, add, path, doctor, kind):
        entry = add(doctor, kind).json()["id"]
        assert doctor.delete(path(kind, entry)).status_code == 204
        assert doctor.delete(path(kind, entry)).status_code == 204
        assert doctor.get(path(kind)).json()["results"] == []
        kept = doctor.get(path(kind), {"status": "entered_in_error"}).json()["results"]
        assert [row["id"] for row in kept] == [entry]
        refused = doctor.patch(path(kind, entry), {"notes": "Still"}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "entered_in_error")

    @EACH
    def test_the_audit_names_fields_and_no_text(self, add, path, manager, kind):
        entry = add(manager, kind).json()["id"]
        manager.patch(path(kind, entry), {"notes": "Since school"}, format="json")
        details = AuditEvent.objects.filter(subject_id=entry).order_by("id").values_list("details", flat=True)
        assert list(details) == [{}, {"fields": ["notes"]}]

    @pytest.mark.parametrize(
        ("kind", "changes", "pointer"),
        [
            ("conditions", {"code": "ZZZ"}, "/code"),
            ("conditions", {"code": "A00-A09"}, "/code"),
            ("conditions", {"code": "1"}, "/code"),
            ("conditions", {"started_date": "1850-01-01"}, "/started_date"),
            ("conditions", {"started_date": "2999-01-01"}, "/started_date"),
            ("conditions", {"ended_date": "2010-01-01"}, "/ended_date"),
            ("medications", {"source": "HEARSAY"}, "/source"),
            ("medications", {"name": ""}, "/name"),
            ("allergies", {"severity": "DEADLY"}, "/severity"),
            ("allergies", {"substance": "x" * 201}, "/substance"),
        ],
    )
    def test_what_cannot_be_is_400_at_its_field(self, add, manager, kind, changes, pointer):
        assert [error[0] for error in errors(add(manager, kind, **changes))] == [pointer]
        assert not KINDS[kind][0].objects.exists()

    def test_nothing_begins_before_the_patient(self, add, care, manager):
        care.patient.birth_date = date(2019, 6, 14)
        care.patient.save()
        assert errors(add(manager, "conditions"))[0][0] == "/started_date"

    def test_an_unknown_status_is_400(self, path, manager):
        assert errors(manager.get(path("allergies"), {"status": "MAYBE"})) == [("?status", "invalid_choice")]


class TestWhoMayNot:
    @EACH
    def test_the_hospitals_staff_see_no_clinical_text(self, scene, kind):
        entry = scene.add(scene.manager, kind).json()["id"]
        HospitalRegistration.objects.create(hospital=scene.care.doctor.hospital, patient=scene.care.patient)
        staff = client_of(make_staff("hana", scene.care.doctor.hospital), now=scene.now)
        assert staff.get(f"/api/v1/patients/{scene.care.patient.pk}/").status_code == 200
        assert staff.get(scene.path(kind)).status_code == staff.get(scene.path(kind, entry)).status_code == 404
        assert scene.add(staff, kind).status_code == 404

    @EACH
    def test_an_ex_doctor_reads_what_they_wrote_and_writes_no_more(self, scene, kind):
        own, others = scene.add(scene.doctor, kind).json()["id"], scene.add(scene.manager, kind).json()["id"]
        end_relationship(actor=scene.care.manager, relationship=scene.care.relationship, now=scene.now)
        assert [row["id"] for row in scene.doctor.get(scene.path(kind)).json()["results"]] == [own]
        assert scene.doctor.get(scene.path(kind, own)).status_code == 200
        assert scene.doctor.get(scene.path(kind, others)).status_code == 404
        answers = [
            scene.add(scene.doctor, kind),
            scene.doctor.patch(scene.path(kind, own), {"notes": "x"}, format="json"),
            scene.doctor.delete(scene.path(kind, own)),
        ]
        assert {(each.status_code, each.json()["code"]) for each in answers} == {(409, "not_treating")}
        assert scene.doctor.get(scene.path("clinical-profile")).status_code == 404

    @pytest.mark.parametrize("act", ["patch", "delete"])
    def test_an_ex_doctor_reads_no_later_words_of_others(self, scene, act):
        own = scene.add(scene.doctor, "conditions").json()["id"]
        scene.doctor.patch(scene.path("conditions", own), {"notes": "mine"}, format="json")
        end_relationship(actor=scene.care.manager, relationship=scene.care.relationship, now=scene.now)
        assert scene.doctor.get(scene.path("conditions", own)).json()["notes"] == "mine"
        getattr(scene.manager, act)(scene.path("conditions", own), {"notes": "theirs"}, format="json")
        assert scene.doctor.get(scene.path("conditions", own)).status_code == 404
        assert scene.manager.get(scene.path("conditions", own)).status_code == 200

    def test_a_doctor_whose_time_ran_out_is_an_ex_doctor(self, care, now):
        care.relationship.ends_at = now
        care.relationship.save()
        with pytest.raises(NotTreating):
            add_entry(actor=care.doctor.user, kind=Allergy, patient_id=care.patient.pk, substance="Latex", now=now)

    def test_the_services_ask_too(self, care, now):
        entry = add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Latex", now=now)
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        for act in (
            lambda actor: change_entry(actor=actor, entry=entry, changes={"notes": "x"}, now=now),
            lambda actor: take_back_entry(actor=actor, entry=entry, now=now),
        ):
            with pytest.raises(NotTreating):
                act(care.doctor.user)
        entry.refresh_from_db()
        assert (entry.notes, entry.entered_in_error_at) == ("", None)

    @EACH
    def test_an_entry_of_another_patient_is_absent_under_this_one(self, add, path, manager, now, kind):
        other = make_care(now, name="other")
        theirs = KINDS[kind][0](patient=other.patient, recorded_by=other.manager)
        theirs.save()
        Management.objects.filter(patient=other.patient).update(
            user=Management.objects.exclude(patient=other.patient).get().user, relation="PARENT"
        )
        assert manager.get(path(kind, theirs.pk)).status_code == 404


class TestReading:
    @EACH
    def test_by_a_doctor_is_written_down_even_when_nothing_is_there(self, path, care, doctor, kind):
        doctor.get(path(kind))
        event = AuditEvent.objects.get(action="clinical_read")
        assert (event.actor_id, event.concerns_id) == (care.doctor.user_id, care.patient.pk)
        assert event.details == {"what": KINDS[kind][0]._meta.label_lower}

    def test_of_the_facts_too(self, path, doctor):
        doctor.get(path("clinical-profile"))
        assert AuditEvent.objects.get(action="clinical_read").details == {"what": "patients.healthfacts"}

    def test_by_a_manager_is_not(self, path, manager):
        for kind in (*KINDS, "clinical-profile"):
            manager.get(path(kind))
        assert not AuditEvent.objects.filter(action="clinical_read").exists()

    def test_the_manager_sees_who_looked_and_nobody_else_does(self, path, care, manager, doctor):
        doctor.get(path("allergies"))
        newest = manager.get(path("access-log")).json()["results"][0]
        assert (newest["action"], newest["what"]) == ("clinical_read", "patients.allergy")
        assert (newest["actor"], newest["actor_name"]) == (str(care.doctor.user_id), care.doctor.user.name)
        assert doctor.get(path("access-log")).status_code == 404

    def test_the_log_of_another_patient_is_another_log(self, path, care, manager, doctor, now):
        other = make_care(now, name="other")
        doctor.get(path("allergies"))
        theirs = client_of(other.manager, now=now)
        mine = f"/api/v1/patients/{other.patient.pk}/access-log/"
        assert {row["action"] for row in theirs.get(mine).json()["results"]} == {"doctor_chosen"}
        assert theirs.get(path("access-log")).status_code == 404


class TestFacts:
    @pytest.fixture
    def state(self, path, doctor):
        return lambda **facts: doctor.patch(path("clinical-profile"), facts, format="json")

    def test_are_unknown_until_somebody_says(self, path, manager):
        facts = manager.get(path("clinical-profile")).json()
        assert {value for name, value in facts.items() if name not in {"patient", "blood_group"}} == {None}

    def test_weeks_are_kept_as_the_due_date_and_go_on_counting(self, state, care, now):
        body = state(gestation_weeks=20).json()
        assert (body["is_pregnant"], body["gestation_weeks"]) == (True, 20)
        facts = HealthFacts.objects.get()
        assert facts.gestation_weeks(today=facts.due_date) == 40
        assert facts.gestation_weeks(today=facts.due_date - timedelta(days=1)) == 39

    def test_the_end_of_a_pregnancy_ends_its_due_date(self, state):
        state(gestation_weeks=20)
        body = state(is_pregnant=False, is_lactating=True).json()
        assert (body["is_pregnant"], body["due_date"], body["is_lactating"]) == (False, None, True)

    def test_a_weight_was_taken_today_unless_said(self, state, now):
        assert state(weight_kg="62.5").json()["weight_date"]
        assert state(weight_kg="61", weight_date="2026-01-05").json()["weight_date"] == "2026-01-05"
        assert state(weight_kg=None).json()["weight_date"] is None

    def test_what_is_not_given_stays_and_putting_forgets_it(self, state, path, doctor):
        state(weight_kg="62.5", is_lactating=True)
        assert state(is_lactating=False).json()["weight_kg"] == "62.50"
        put = doctor.put(path("clinical-profile"), {"is_lactating": True}, format="json").json()
        assert (put["weight_kg"], put["weight_date"], put["is_lactating"]) == (None, None, True)

    @pytest.mark.parametrize("method", ["put", "patch"])
    @pytest.mark.parametrize("is_said", [{}, {"is_pregnant": None}, {"is_pregnant": True}], ids=str)
    def test_whoever_says_how_long_says_that_there_is_a_pregnancy(self, path, doctor, method, is_said):
        state = getattr(doctor, method)
        answer = state(path("clinical-profile"), {"gestation_weeks": 20, **is_said}, format="json")
        assert (answer.status_code, answer.json()["is_pregnant"]) == (200, True)

    def test_a_weight_keeps_its_day(self, state):
        state(weight_kg="70")
        assert errors(state(weight_date=None))[0][0] == "/weight_date"
        assert state(weight_kg=None, weight_date=None).json()["weight_date"] is None

    def test_a_pregnancy_that_is_over_hinders_no_other_statement(self, state, care, now):
        state(gestation_weeks=20)
        HealthFacts.objects.update(due_date=(now - timedelta(days=90)).date())
        assert state(weight_kg="70").json()["weight_kg"] == "70.00"
        assert errors(state(is_pregnant=True))[0][0] == "/due_date"
        assert state(is_pregnant=False).json()["due_date"] is None

    @pytest.mark.parametrize(
        ("facts", "pointer"),
        [
            ({"due_date": "2027-01-01", "gestation_weeks": 20}, "/gestation_weeks"),
            ({"due_date": "2019-01-01"}, "/due_date"),
            ({"due_date": "2999-01-01"}, "/due_date"),
            ({"is_pregnant": False, "due_date": "2027-01-01"}, "/due_date"),
            ({"gestation_weeks": 60}, "/gestation_weeks"),
            ({"weight_kg": "-1"}, "/weight_kg"),
            ({"weight_kg": "heavy"}, "/weight_kg"),
            ({"weight_date": "2026-01-05"}, "/weight_date"),
            ({"weight_kg": "70", "weight_date": "2999-01-01"}, "/weight_date"),
        ],
    )
    def test_what_cannot_be_is_400_at_its_field(self, state, facts, pointer):
        assert [error[0] for error in errors(state(**facts))] == [pointer]
        assert not HealthFacts.objects.exists()

    def test_a_stale_representation_changes_nothing(self, state, path, doctor):
        tag = doctor.get(path("clinical-profile"))["ETag"]
        state(weight_kg="70")
        late = doctor.patch(path("clinical-profile"), {"weight_kg": "80"}, format="json", headers={"If-Match": tag})
        assert late.status_code == 412
        assert HealthFacts.objects.get().weight_kg == 70

    def test_a_stranger_finds_nothing(self, path, care, now):
        stranger = client_of(make_doctor("stranger", care.doctor.hospital).user, now=now)
        assert stranger.get(path("clinical-profile")).status_code == 404
        assert stranger.patch(path("clinical-profile"), {"weight_kg": "70"}, format="json").status_code == 404
