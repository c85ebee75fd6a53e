"""Facts of a patient, ready for the rules, and by their names; medicines by name; doctors for what was predicted."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.hospitals.models import Doctor
from apps.hospitals.selectors import doctors_for_disease
from apps.patients.choices import EntryStatus
from apps.patients.models import Allergy, Condition, HealthFacts, Medication, Patient
from apps.patients.services.profile import LONGEST_GESTATION
from apps.recommendations.medicines import Knowledge, knowledge
from apps.recommendations.prediction import DiseaseAdvice
from apps.recommendations.safety import Facts, Proposal, Sex, Unchecked, plain, proposal_of, stated_allergy

MOST_MEDICINES, MOST_DOCTORS = 50, 5
GROWN_UP = 18  # Years. Until then a weight is a passing thing.
CHILDS_WEIGHT_HOLDS = timedelta(days=180)

# What the rules call them; on paper people read them.
_FACT_NAMES = {
    "age": _("age"),
    "weight_kg": _("weight"),
    "egfr": _("kidney function (eGFR)"),
    "pregnant": _("pregnancy"),
    "gestation_weeks": _("week of pregnancy"),
    "lactating": _("breastfeeding"),
}
_SEX = {"FEMALE": Sex.FEMALE, "MALE": Sex.MALE}


_followed: dict[str, Callable[[UUID, datetime], Iterable[Proposal]]] = {}


def register_followed(name: str, ask: Callable[[UUID, datetime], Iterable[Proposal]]) -> None:
    """Let a floor above say what a patient follows beside the list; its app does this in `AppConfig.ready()`."""
    _followed[name] = ask


def medicines_followed(*, patient_id: UUID, known: Knowledge, now: datetime) -> list[Proposal]:
    """Return what the floors above have the patient take, quoted by the names that the knowledge base has for it.

    Its words are sealed where they are kept, and answers about other medicines are kept in clear.
    """
    orders = (each for ask in _followed.values() for each in ask(patient_id, now))
    return [replace(each, quoted_as=_named(each.medicine, known)) for each in orders]


def key_of(medicine: str, known: Knowledge) -> frozenset[str] | str:
    """Return what two texts of the same medicine share: what they name, or else their words."""
    return frozenset(known.read_medicine(medicine).ids) or plain(medicine).casefold()


def _named(medicine: str, known: Knowledge) -> str:
    names = [known.name_of(key) for key in known.read_medicine(medicine).ids]
    return " with ".join(names) or gettext("what a plan reminds of")


def facts_of(
    *,
    patient_id: UUID,
    known: Knowledge,
    without: Collection[UUID] = (),
    followed: Collection[Proposal] | None = None,
    now: datetime,
) -> Facts:
    """Return what the record says of a patient today, on the patient's own calendar, at one query and one a floor.

    `without` names medications of the list that what is asked about replaces; `followed` is what the patient follows
    beside the list, where the caller knows better than to ask the floors above. What the list says of that is that
    very order, and is not counted a second time.

    A kidney function that was measured is in no record yet; a condition may state it ("CKD stage 4"). Raises
    Patient.DoesNotExist.
    """
    patient = _patient(patient_id, without, now)
    today = patient.today(now=now)
    orders = medicines_followed(patient_id=patient_id, known=known, now=now) if followed is None else followed
    carried_out = {key_of(each.medicine, known) for each in orders}
    listed = (_medicine(each) for each in patient.medications if key_of(each["name"], known) not in carried_out)
    age = age_on(today, born=patient.birth_date)
    return Facts(
        age=age,
        sex=_SEX.get(patient.sex),
        allergies=tuple(
            stated_allergy(each["substance"], each["severity"], each["reaction"], known) for each in patient.allergies
        ),
        conditions=tuple(text for each in patient.conditions for text in _condition(each, known)),
        current_medicines=(*listed, *orders),
        **_state(getattr(patient, "health_facts", None), age, today),
    )


def subject_of(gap: Mapping[str, Any]) -> str:
    """Return what could not be checked as people say it: a fact by its name, anything else as it was written."""
    return str(_FACT_NAMES.get(gap["subject"], gap["subject"]) if gap["kind"] == Unchecked.FACT else gap["subject"])


def age_on(today: date, *, born: date | None) -> float | None:
    """Return the age in years with its fraction, whole exactly on birthdays (of 29 February: on 1 March)."""
    if born is None:
        return None
    years = today.year - born.year - (today < _birthday(born, today.year))
    last, following = _birthday(born, born.year + years), _birthday(born, born.year + years + 1)
    return years + (today - last) / (following - last)


def _birthday(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _patient(patient_id: UUID, without: Collection[UUID], now: datetime) -> Any:
    """Return the patient with the entries of the profile that hold today, oldest first."""

    def entries(kind: type[Allergy | Condition | Medication], *names: str) -> ArraySubquery:
        holding = kind._default_manager.of_status(EntryStatus.ACTIVE, now=now).filter(patient=OuterRef("pk"))
        columns = JSONObject(**{name: F(name) for name in names})
        return ArraySubquery(holding.exclude(pk__in=without).order_by("id").values(found=columns))

    return (
        Patient.objects.select_related("health_facts")
        .annotate(
            allergies=entries(Allergy, "substance", "severity", "reaction"),
            conditions=entries(Condition, "name", "code"),
            medications=entries(Medication, "name", "dosage"),
        )
        .get(pk=patient_id)
    )


def _condition(entry: Mapping[str, Any], known: Knowledge) -> Iterator[str]:
    """Yield the name, and the code where it says more; the code alone where only that is understood."""
    name, code = entry["name"], entry["code"]
    said, coded = known.read_condition(name), known.read_condition(code)
    if said.ids or not coded.ids:
        yield name
    if not coded.ids <= said.ids:
        yield code


def _medicine(entry: Mapping[str, Any]) -> Proposal:
    return proposal_of(entry["name"], entry["dosage"])


def _state(facts: HealthFacts | None, age: float | None, today: date) -> dict[str, Any]:
    if facts is None:
        return {}
    weeks = facts.gestation_weeks(today=today)
    is_over = weeks is not None and weeks > LONGEST_GESTATION  # Nobody said what became of it.
    return {
        "weight_kg": _weight(facts, age, today),
        "pregnant": None if is_over else facts.is_pregnant,
        "gestation_weeks": None if is_over else weeks,
        "lactating": facts.is_lactating,
    }


def _weight(facts: HealthFacts, age: float | None, today: date) -> float | None:
    """Return the weight while it counts; a child outgrows it."""
    if facts.weight_kg is None or facts.weight_date is None:
        return None
    is_growing = age is None or age < GROWN_UP
    is_outgrown = is_growing and today - facts.weight_date > CHILDS_WEIGHT_HOLDS
    return None if is_outgrown else float(facts.weight_kg)


def people_around(user: User, *, now: datetime) -> Iterator[str]:
    """Yield the names of a login, and those and the contacts of all whom it manages or treats; asks when first read."""
    yield user.name
    close = Patient.objects.close_to(user, now=now).order_by()
    for words in close.values_list("first_name", "last_name", "phone", "email", "emergency_name").iterator():
        yield from words


def medicines_named(text: str) -> list[dict[str, Any]]:
    """Return the medicines of the knowledge base whose names or brands fit a text, the closest first."""
    known = knowledge()
    return [_shown(key, known) for key in known.find_medicines(text, limit=MOST_MEDICINES)]


def _shown(key: str, known: Knowledge) -> dict[str, Any]:
    medicine = known.medicines[key]
    return {
        "id": key,
        "name": medicine.name,
        "group": known.group_names[key],
        "ingredients": [known.name_of(each) for each in medicine.ingredients],
        "treats": [known.condition_name(each) for each in medicine.treats],
    }


def doctors_for(advice: DiseaseAdvice) -> list[Doctor]:
    """Return doctors who treat the likeliest disease, then those of the fields it belongs to; in an emergency too."""
    asked = [advice.prediction.disease] if advice.prediction else []
    found: dict[UUID, Doctor] = {}
    for words in (*asked, *advice.specializations):
        if len(found) < MOST_DOCTORS:
            found |= {doctor.pk: doctor for doctor in doctors_for_disease(words) if doctor.pk not in found}
    return list(found.values())[:MOST_DOCTORS]
