"""How hospitals, departments, staff and doctors are asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from apps.accounts.choices import Role
from apps.accounts.standing import standing_of
from apps.hospitals.choices import DoctorStatus, HospitalStatus
from apps.hospitals.searching import Place, distance_km, folded, likeness, within_box, word_matches, words_of

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.hospitals.models import ApplicationPaper, Department, Doctor, DoctorApplication, Hospital, StaffMember

MOST_FOUND = 200
SEARCH_COLUMNS = ("search_text", "search_keys", "city_key")
DOCTOR_SEARCH_COLUMNS = (*SEARCH_COLUMNS, "search_name", "specialization_key", "language_keys", "disease_text")


_shown_with_doctors: dict[str, Callable[[], Combinable]] = {}


def show_with_doctors(name: str, expression: Callable[[], Combinable]) -> None:
    """Show something more with each doctor that only a floor above knows; an app does this in `AppConfig.ready()`."""
    _shown_with_doctors[name] = expression


NOBODYS = Q(pk__in=[])  # Falls out of an OR: an arm that a login has not costs nothing.


def staffed_by(user: "User", path: str = "") -> Q:
    """Return "the hospital at `path` has this user as active staff", for use in any app's scoping."""
    hospital = standing_of(user, "hospital")
    return Q(**{f"{path}pk": hospital}) if hospital else NOBODYS


def held_by_doctor(user: "User", path: str = "doctor") -> Q:
    """Return "the doctor at `path` is this user", for use in any app's scoping."""
    doctor = standing_of(user, "doctor")
    return Q(**{path: doctor}) if doctor else NOBODYS


def hospital_of(path: str) -> Case:
    """Return the hospital that the login at `path` is active staff of, if any."""
    is_staff = When(**{f"{path}staff_member__is_active": True}, then=F(f"{path}staff_member__hospital"))
    return Case(is_staff, output_field=models.UUIDField())


def doctor_of(path: str) -> F:
    """Return the doctor that the login at `path` is, if any."""
    return F(f"{path}doctor__pk")


def works_at_a_working_place(path: str) -> Q:
    """Return "the login at `path` is neither a doctor nor staff, or one whose own row and hospital work too".

    A doctor of no hospital works while active: independent when approved, else an applicant, who gets no further than
    the application (`awaits_approval`).
    """

    def at(**columns: Any) -> Q:
        return Q(**{f"{path}{name}": value for name, value in columns.items()})

    staff = at(staff_member__is_active=True, staff_member__hospital__status=HospitalStatus.APPROVED)
    employed = at(doctor__status=DoctorStatus.APPROVED, doctor__hospital__status=HospitalStatus.APPROVED)
    doctor = at(doctor=None) | at(doctor__is_active=True) & (at(doctor__hospital=None) | employed)
    elsewhere = at(role__in=[Role.PATIENT, Role.ADMIN])
    return elsewhere | at(role=Role.HOSPITAL) & staff | at(role=Role.DOCTOR) & doctor


class HospitalQuerySet(models.QuerySet["Hospital"]):
    """Places of care."""

    def visible_to(self, user: "User") -> "HospitalQuerySet":
        """Return every hospital to an administrator, its own to staff, and the approved ones to everybody."""
        if user.role == Role.ADMIN:
            return self.all()
        return self.filter(Q(status=HospitalStatus.APPROVED) | staffed_by(user))

    def staffed_by(self, user: "User") -> "HospitalQuerySet":
        """Return the hospital that this login is active staff of."""
        return self.filter(staffed_by(user))

    def search(self, term: str) -> "HospitalQuerySet":
        """Return the hospitals in whose name or city every word of the term occurs, misspelt or in part."""
        words = words_of(term)
        return self.filter(*map(word_matches, words)) if words else self.none()

    def near(self, here: Place, *, radius_km: float) -> "HospitalQuerySet":
        """Return the approved hospitals within the circle, nearest first, with `distance_km`."""
        boxed = self.filter(within_box(here, radius_km), status=HospitalStatus.APPROVED)
        measured = boxed.annotate(distance_km=distance_km(here))
        return measured.filter(distance_km__lte=radius_km).order_by("distance_km", "id")


class StaffMemberQuerySet(models.QuerySet["StaffMember"]):
    """Who acts for which hospital."""

    def visible_to(self, user: "User") -> "StaffMemberQuerySet":
        """Return everybody to an administrator, and their own hospital's people to its active staff."""
        if user.role == Role.ADMIN:
            return self.all()
        return self.filter(staffed_by(user, "hospital__"))


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Departments of hospitals."""

    def visible_to(self, user: "User") -> "DepartmentQuerySet":
        """Return the departments of the hospitals that the user may see."""
        return self.filter(hospital__in=_hospitals().visible_to(user))


class DoctorQuerySet(models.QuerySet["Doctor"]):
    """Doctors, employed and independent."""

    def visible_to(self, user: "User") -> "DoctorQuerySet":
        """Return whose whole row the user may see: all to an administrator, a hospital's to its staff, one's own."""
        if user.role == Role.ADMIN:
            return self.all()
        return self.filter(staffed_by(user, "hospital__") | held_by_doctor(user, "pk"))

    def practising(self) -> "DoctorQuerySet":
        """Return who may be listed, booked and assigned: approved, active, of an approved hospital or of none."""
        return self.filter(
            Q(hospital=None) | Q(hospital__status=HospitalStatus.APPROVED),
            status=DoctorStatus.APPROVED,
            is_active=True,
            user__is_active=True,
        )

    def shown(self) -> "DoctorQuerySet":
        """Bring along what a profile shows, and leave in the table what only the search reads."""
        of_hospital = [f"hospital__{name}" for name in SEARCH_COLUMNS]
        brought = self.select_related("user", "hospital").defer(*DOCTOR_SEARCH_COLUMNS, *of_hospital)
        return brought.annotate(**{name: expression() for name, expression in _shown_with_doctors.items()})

    def search(self, term: str) -> "DoctorQuerySet":
        """Return the doctors in whose name, specialization, city, hospital, diseases or languages every word occurs.

        A word may be misspelt by a letter, have two letters swapped, or be a part of a longer one; accents do not
        matter. Never looks at phone or e-mail.
        """
        words = words_of(term)
        return self.filter(*map(word_matches, words)) if words else self.none()

    def best_first(self, term: str) -> "DoctorQuerySet":
        """Return the best rated of these, up to MOST_FOUND, by how much the name is like the term, then by rating.

        The bound is what keeps a word that half of them share ("cardiology") from being compared with every name.
        `likeness` is a decimal, so that pages join up exactly.
        """
        best = self.order_by("-rating_average", "-id").values("pk")[:MOST_FOUND]
        exact = Cast(likeness("search_name", term), models.DecimalField(max_digits=5, decimal_places=4))
        found = self.model.objects.filter(pk__in=best).shown()
        return found.annotate(likeness=exact).order_by("-likeness", "-rating_average", "-id")

    def treating(self, disease: str) -> "DoctorQuerySet":
        """Return the doctors who say that they treat the disease."""
        return self.filter(disease_text__contains=folded(disease))

    def specialized_in(self, specialization: str) -> "DoctorQuerySet":
        """Return the doctors of one specialization, whatever its case and accents."""
        return self.filter(specialization_key=folded(specialization))

    def in_city(self, city: str) -> "DoctorQuerySet":
        """Return the doctors who practise in a city: their own, or else their hospital's."""
        return self.filter(city_key=folded(city))

    def speaking(self, language: str) -> "DoctorQuerySet":
        """Return the doctors who speak a language."""
        return self.filter(language_keys__contains=[folded(language)])


class DoctorApplicationQuerySet(models.QuerySet["DoctorApplication"]):
    """Applications of doctors."""

    def visible_to(self, user: "User") -> "DoctorApplicationQuerySet":
        """Return every application to an administrator, and one's own."""
        return self.all() if user.role == Role.ADMIN else self.filter(held_by_doctor(user))

    def waiting(self) -> "DoctorApplicationQuerySet":
        """Return those that nobody has decided."""
        return self.filter(status=DoctorStatus.PENDING)


class ApplicationPaperQuerySet(models.QuerySet["ApplicationPaper"]):
    """Documents of applications."""

    def visible_to(self, user: "User") -> "ApplicationPaperQuerySet":
        """Return those, still there, of the applications that the user sees: every one's, or one's own."""
        own = self if user.role == Role.ADMIN else self.filter(application__doctor__user=user)
        return own.present()

    def present(self) -> "ApplicationPaperQuerySet":
        """Return those whose bytes were not removed."""
        return self.filter(file__removed_at=None)


def _hospitals() -> HospitalQuerySet:
    """Return the table by its name: models import this room, so this room cannot import models."""
    hospitals: HospitalQuerySet = apps.get_model("hospitals", "Hospital").objects.all()
    return hospitals
