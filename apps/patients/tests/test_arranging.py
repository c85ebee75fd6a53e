"""Assigning, replacing and ending: by patients and hospitals, announced, one transaction each, never twice."""

from functools import partial

import pytest

from apps.core.errors import NotAllowed, NotFound
from apps.core.models import AuditEvent, OutboxEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.models import Doctor
from apps.notifications.models import Notification
from apps.notifications.selectors import with_words
from apps.patients.choices import CareSource
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient
from apps.patients.services.care import AlreadyTreating, OwnDoctor, assign_doctor, choose_doctor, end_relationship
from apps.patients.services.registering import register_walk_in
from tests.care import client_of
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

ASSIGN = "/api/v1/doctors/assign/"


class Scene:
    """A hospital with two doctors and staff, a patient registered there, and another hospital."""

    def __init__(self) -> None:
        self.home, self.away = make_hospital("Home"), make_hospital("Away")
        self.staff, self.away_staff = make_staff("hana", self.home), make_staff("abe", self.away)
        self.lena, self.marco = make_doctor("lena", self.home), make_doctor("marco", self.home)
        self.stranger = make_doctor("stranger", self.away)
        self.manager = make_user("amina")
        self.patient = make_patient(self.manager)
        HospitalRegistration.objects.create(hospital=self.home, patient=self.patient)

    def choose(self, doctor, now, **more) -> CareRelationship:
        return choose_doctor(actor=self.manager, patient_id=self.patient.pk, doctor_id=doctor.pk, now=now, **more)

    def assign(self, doctor, now, **more) -> CareRelationship:
        return assign_doctor(actor=self.staff, patient_id=self.patient.pk, doctor_id=doctor.pk, now=now, **more)


@pytest.fixture
def scene(db) -> Scene:
    return Scene()


def told(topic: str) -> set[str]:
    return {row.recipient.username for row in Notification.objects.filter(topic=topic).select_related("recipient")}


class TestAssigning:
    def test_makes_a_relationship_of_the_hospital_and_tells_both_sides(self, scene, now):
        made = scene.assign(scene.lena, now, notes="Bed 4")
        assert (made.source, made.hospital, made.ends_at, made.notes) == ("HOSPITAL", scene.home, None, "Bed 4")
        assert told("care_started") == {"lena", "amina"}
        event = AuditEvent.objects.get(action="doctor_assigned")
        assert (event.tenant_id, event.concerns_id) == (scene.home.pk, scene.patient.pk)

    def test_only_own_doctors_to_patients_registered_there(self, scene, now):
        unknown = make_patient(make_user("omar"))
        for patient, doctor in ((scene.patient, scene.stranger), (unknown, scene.lena)):
            with pytest.raises(NotFound):
                assign_doctor(actor=scene.staff, patient_id=patient.pk, doctor_id=doctor.pk, now=now)
        with pytest.raises(NotFound):
            assign_doctor(actor=scene.away_staff, patient_id=scene.patient.pk, doctor_id=scene.stranger.pk, now=now)
        assert not CareRelationship.objects.exists()

    def test_a_doctor_who_practises_no_more_is_absent(self, scene, now):
        scene.lena.is_active = False
        scene.lena.save()
        with pytest.raises(NotFound):
            scene.assign(scene.lena, now)

    def test_twice_is_refused(self, scene, now):
        scene.assign(scene.lena, now)
        with pytest.raises(AlreadyTreating):
            scene.assign(scene.lena, now)
        with pytest.raises(AlreadyTreating):
            scene.choose(scene.lena, now)

    def test_a_walk_in_gets_a_doctor_too(self, scene, now):
        walk_in = register_walk_in(actor=scene.staff, first_name="Zoe", now=now)
        made = assign_doctor(actor=scene.staff, patient_id=walk_in.pk, doctor_id=scene.lena.pk, now=now)
        assert Patient.objects.treated_by(scene.lena.user, now=now).get() == walk_in
        assert made.is_live(now=now)

    def test_the_hospital_ends_what_it_made_and_nothing_else(self, scene, now):
        assigned, chosen = scene.assign(scene.lena, now), scene.choose(scene.marco, now)
        assert end_relationship(actor=scene.staff, relationship=assigned, now=now).ended_at == now
        for actor, relationship in ((scene.staff, chosen), (scene.away_staff, chosen), (scene.marco.user, chosen)):
            with pytest.raises(NotAllowed):
                end_relationship(actor=actor, relationship=relationship, now=now)
        assert told("care_ended") == {"lena", "amina"}

    def test_staff_see_what_their_hospital_assigned_and_no_choice(self, scene, now):
        assigned = scene.assign(scene.lena, now)
        scene.choose(scene.marco, now)
        assert CareRelationship.objects.visible_to(scene.staff).get() == assigned
        assert not CareRelationship.objects.visible_to(scene.away_staff).exists()


class TestTheOneDoor:
    @pytest.fixture
    def post(self, now):
        return lambda user, **body: client_of(user, now=now).post(ASSIGN, body, format="json")

    def test_a_patient_needs_to_name_the_doctor_only(self, scene, post):
        answer = post(scene.manager, doctor_id=str(scene.lena.pk))
        assert (answer.status_code, answer.json()["source"]) == (201, "CHOICE")
        assert answer.json()["patient"] == str(scene.patient.pk)

    def test_staff_assign(self, scene, post):
        answer = post(scene.staff, doctor=str(scene.lena.pk), patient_id=str(scene.patient.pk))
        assert (answer.status_code, answer.json()["source"], answer.json()["hospital"]) == (
            *(201, "HOSPITAL"),
            str(scene.home.pk),
        )

    def test_staff_who_manage_the_patient_choose(self, scene, post):
        child = make_patient(scene.staff, relation="PARENT")
        answer = post(scene.staff, doctor=str(scene.stranger.pk), patient=str(child.pk))
        assert (answer.status_code, answer.json()["source"]) == (201, "CHOICE")

    def test_without_a_record_of_ones_own_the_patient_must_be_named(self, scene, post):
        assert post(scene.staff, doctor=str(scene.lena.pk)).status_code == 404

    def test_what_is_no_id_is_400(self, scene, post):
        assert post(scene.manager, doctor="Lena").json()["errors"][0]["pointer"] == "/doctor"
        assert post(scene.manager).json()["errors"][0]["pointer"] == "/doctor"


class TestNobodyIsTheirOwnDoctor:
    def test_by_choice_or_assignment(self, scene, now):
        own = make_patient(scene.lena.user)
        with pytest.raises(OwnDoctor) as refusal:
            choose_doctor(actor=scene.lena.user, patient_id=own.pk, doctor_id=scene.lena.pk, now=now)
        assert (refusal.value.status, refusal.value.code) == (409, "own_doctor")
        HospitalRegistration.objects.create(hospital=scene.home, patient=own)
        with pytest.raises(OwnDoctor):
            assign_doctor(actor=scene.staff, patient_id=own.pk, doctor_id=scene.lena.pk, now=now)

    def test_nor_by_a_record_that_was_claimed(self, scene, now):
        make_patient(scene.lena.user)
        second = Patient.objects.create(first_name="Lena")
        Management.objects.create(user=scene.lena.user, patient=second, relation="CLAIMED")
        with pytest.raises(OwnDoctor):
            choose_doctor(actor=scene.lena.user, patient_id=second.pk, doctor_id=scene.lena.pk, now=now)

    def test_but_of_ones_child(self, scene, now):
        child = make_patient(scene.lena.user, relation="PARENT")
        assert choose_doctor(actor=scene.lena.user, patient_id=child.pk, doctor_id=scene.lena.pk, now=now)


class TestReplacing:
    def test_ends_the_old_one_with_its_plans_and_tells_both_doctors(self, scene, now):
        old = scene.choose(scene.lena, now)
        new = scene.choose(scene.marco, now, replaces=old.pk)
        old.refresh_from_db()
        assert (old.ended_at, old.generation, new.generation) == (now, 2, 1)
        assert OutboxEvent.objects.filter(topic="care.generation_raised").count() == 1
        assert told("care_ended") == {"lena"}
        assert told("care_started") == {"lena", "marco"}

    def test_ends_no_other(self, scene, now):
        other, old = scene.choose(scene.stranger, now), scene.choose(scene.lena, now)
        scene.choose(scene.marco, now, replaces=old.pk)
        assert other in CareRelationship.objects.live(now=now)

    def test_a_refusal_ends_nothing(self, scene, now):
        old, other = scene.choose(scene.lena, now), scene.choose(scene.marco, now)
        with pytest.raises(AlreadyTreating):
            scene.choose(scene.marco, now, replaces=old.pk)
        old.refresh_from_db()
        assert old.ended_at is None
        assert other.is_live(now=now)
        assert told("care_ended") == set()

    def test_what_is_over_or_anothers_is_absent(self, scene, now):
        over = scene.choose(scene.lena, now)
        end_relationship(actor=scene.manager, relationship=over, now=now)
        omar = make_user("omar")
        theirs = choose_doctor(actor=omar, patient_id=make_patient(omar).pk, doctor_id=scene.lena.pk, now=now)
        for replaced in (over, theirs):
            with pytest.raises(NotFound):
                scene.choose(scene.marco, now, replaces=replaced.pk)
        assert CareRelationship.objects.live(now=now).get() == theirs

    def test_a_hospital_replaces_only_what_it_assigned(self, scene, now):
        chosen = scene.choose(scene.stranger, now)
        with pytest.raises(NotFound):
            scene.assign(scene.lena, now, replaces=chosen.pk)
        assigned = scene.assign(scene.lena, now)
        scene.assign(scene.marco, now, replaces=assigned.pk)
        assert set(CareRelationship.objects.live(now=now).values_list("doctor__user__username", flat=True)) == {
            *("stranger", "marco")
        }

    def test_through_the_door(self, scene, now):
        client = client_of(scene.manager, now=now)
        old = scene.choose(scene.lena, now)
        body = {"patient": str(scene.patient.pk), "doctor": str(scene.marco.pk), "replaces": str(old.pk)}
        assert client.post("/api/v1/mappings/", body, format="json").status_code == 201
        listed = client.get("/api/v1/mappings/", {"status": "live"}).json()["results"]
        assert [row["doctor"] for row in listed] == [str(scene.marco.pk)]
        over = client.get("/api/v1/mappings/", {"status": "OVER"}).json()["results"]
        assert [row["id"] for row in over] == [str(old.pk)]


class TestMappings:
    def test_a_patients_id_lists_that_patients_doctors(self, scene, now):
        old, new = scene.choose(scene.lena, now), scene.choose(scene.marco, now)
        end_relationship(actor=scene.manager, relationship=old, now=now)
        client = client_of(scene.manager, now=now)
        assert [row["id"] for row in client.get(f"/api/v1/mappings/{scene.patient.pk}/").json()["results"]] == [
            str(new.pk)
        ]
        assert client.get(f"/api/v1/mappings/{new.pk}/").json()["doctor_name"] == scene.marco.user.name
        stranger = client_of(make_user("omar"), now=now)
        assert stranger.get(f"/api/v1/mappings/{scene.patient.pk}/").status_code == 404

    def test_a_patients_doctors_past_ones_included(self, scene, now):
        old = scene.choose(scene.lena, now)
        end_relationship(actor=scene.manager, relationship=old, now=now)
        path = f"/api/v1/patients/{scene.patient.pk}/doctors/"
        assert [row["id"] for row in client_of(scene.manager, now=now).get(path).json()["results"]] == [str(old.pk)]

    def test_my_patients_are_those_treated_now(self, scene, now):
        scene.choose(scene.lena, now)
        make_patient(scene.lena.user)
        rows = client_of(scene.lena.user, now=now).get("/api/v1/doctors/my-patients/").json()["results"]
        assert [row["id"] for row in rows] == [str(scene.patient.pk)]

    def test_patients_are_counted_for_many_doctors_at_once(self, scene, now, django_assert_num_queries):
        scene.choose(scene.lena, now)
        over = scene.choose(scene.marco, now)
        end_relationship(actor=scene.manager, relationship=over, now=now)
        with django_assert_num_queries(1):
            counted = dict(Doctor.objects.shown().values_list("pk", "patient_count"))
        assert counted == {scene.lena.pk: 1, scene.marco.pk: 0, scene.stranger.pk: 0}


def test_names_stay_inside_the_house(scene, now):
    scene.assign(scene.lena, now, notes="Bed 4")
    (entry,) = with_words(Notification.objects.filter(recipient=scene.manager), reader=scene.manager)
    assert entry.body == f"Dr. {scene.lena.user.name} treats {scene.patient.name} from now on."


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_choices_or_assignments_at_once_make_one_relationship(self, transactional_db, now):
        scene = Scene()
        for number in range(1, rounds(3, 30) + 1):
            doctor = make_doctor(f"doctor{number}", scene.home)
            answers = race([partial(scene.choose, doctor, now), partial(scene.assign, doctor, now)] * 4)
            assert sum(isinstance(answer, CareRelationship) for answer in answers) == 1
            assert sum(isinstance(answer, AlreadyTreating) for answer in answers) == 7
            assert CareRelationship.objects.filter(doctor=doctor).count() == 1

    def test_of_many_who_replace_one_doctor_at_once_one_does(self, transactional_db, now):
        scene = Scene()
        for number in range(1, rounds(3, 30) + 1):
            old, *new = (make_doctor(f"doctor{number}x{each}", scene.home) for each in range(5))
            replaced = scene.choose(old, now)
            answers = race([partial(scene.choose, doctor, now, replaces=replaced.pk) for doctor in new])
            assert sum(isinstance(answer, CareRelationship) for answer in answers) == 1
            assert sum(isinstance(answer, NotFound) for answer in answers) == 3
            replaced.refresh_from_db()
            assert replaced.generation == 2
            live = CareRelationship.objects.live(now=now).filter(doctor__in=new)
            assert live.count() == 1

    def test_two_replacements_that_cross_do_not_dead_lock(self, transactional_db, now):
        scene = Scene()
        for number in range(1, rounds(3, 30) + 1):
            one, other = (make_doctor(f"doctor{number}x{each}", scene.home) for each in range(2))
            first, second = scene.choose(one, now), scene.choose(other, now)
            answers = race(
                [
                    partial(scene.choose, other, now, replaces=first.pk),
                    partial(scene.choose, one, now, replaces=second.pk),
                ]
            )
            assert {type(answer) for answer in answers} <= {AlreadyTreating, NotFound, CareRelationship}
            assert CareRelationship.objects.live(now=now).filter(doctor__in=(one, other)).count() >= 1

    def test_an_end_and_a_replacement_at_once_raise_the_generation_once(self, transactional_db, now):
        scene = Scene()
        for number in range(1, rounds(3, 30) + 1):
            old, new = (make_doctor(f"doctor{number}x{each}", scene.home) for each in range(2))
            replaced = scene.choose(old, now)
            race(
                [
                    partial(end_relationship, actor=scene.manager, relationship=replaced, now=now),
                    partial(scene.choose, new, now, replaces=replaced.pk),
                ]
            )
            replaced.refresh_from_db()
            assert (replaced.generation, replaced.source) == (2, CareSource.CHOICE)
