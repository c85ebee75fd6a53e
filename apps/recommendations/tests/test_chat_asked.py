"""What frightened people ask: danger comes first, nothing calms it down, and no answer is beside the question."""

import pytest

from apps.recommendations.models import KnowledgePassage
from apps.recommendations.services.retrieving import find_passages
from tests.care import client_of, make_care
from tests.conftest import _empty_cache, now

__all__ = ["_empty_cache", "now"]
pytestmark = pytest.mark.django_db

# What is told, in everyday words and spelling, and a word that the answer cannot do without.
EMERGENCIES = (
    ("I have crushing chest pain going down my left arm", "heart attack"),
    ("chst pian and cant breath", "breathing"),
    ("my husbands face is drooping and his speech is slurred", "stroke"),
    ("my mum cant move her right arm suddenly and talks nonsense", "stroke"),
    ("I took 30 paracetamol an hour ago", "poison centre"),
    ("I took 15 amitriptyline", "poison centre"),
    ("i swallowed a whole packet of my sleeping pills", "poison centre"),
    ("I took too many of my heart tablets", "poison centre"),
    ("I have taken too much insulin", "poison centre"),
    ("my toddler drank bleach", "poison centre"),
    ("my baby has swallowed my pills", "poison centre"),
    ("someone put something in my drink", "poison centre"),
    ("I want to kill myself", "crisis line"),
    ("i dont want to live anymore", "crisis line"),
    ("I cut my wrists", "Self-harm"),
    ("my throat is swelling up after eating peanuts and I cant breathe", "airway"),
    ("bee sting and now my lips and tounge are swollen", "airway"),
    ("my 2 month old baby has a fever of 38.5", "three months"),
    ("my newborn is hot and wont feed", "does not feed"),
    ("my baby is not breathing", "breathing"),
    ("I am 30 weeks pregnant and bleeding", "Bleeding in pregnancy"),
    ("im pregnant and theres blood", "Bleeding in pregnancy"),
    ("worst headache of my life, came like a thunderclap", "bleed in the brain"),
    ("stiff neck, fever and a rash that does not fade when pressed", "meningitis"),
    ("I cannot feel between my legs and lost control of my bladder, back pain", "pressure on the"),
    ("vomiting blood", "Vomiting blood"),
    ("my child had a fit and is not waking up", "Unconsciousness"),
    ("severe bleeding that wont stop after a cut", "Press hard"),
    ("my sugar is 2.5 and I am shaky", "sugar"),
    ("my eye got splashed with oven cleaner", "Rinse"),
)
CALMING = ("gets better by itself", "when convenient", "Keep moving", "Who treats it")

# What is asked of medicines, and what the answer says, or does not.
MEDICINES = (
    ("Can I take ibuprofen with warfarin?", "severe bleeding", ""),
    ("can i take sildenafil with my nitrate spray", "Blood pressure collapses", ""),
    ("Is it ok to take tramadol with sertraline?", "erotonin syndrome", ""),
    ("methotrexate and trimethoprim", "Never together", ""),
    ("can I drink alcohol with metronidazole", "No alcohol", "Alcohol withdrawal"),
    ("can I drink alcohol with paracetamol?", "liver", "Alcohol withdrawal"),
    ("Can I have a glass of wine on amoxicillin?", "does not mean that it is harmless", "Sedation"),
    ("Is St Johns wort safe with the pill?", "contraceptive fails", ""),
    ("can I take two ibuprofen and naproxen", "One NSAID at a time", ""),
    ("can I give aspirin to my 5 year old", "Reye", ""),
    ("how much paracetamol can I give my baby", "paracetamol", "oxycodone"),
    ("is ibuprofen ok with zorblaxin", "Other medicines were not checked", ""),
    ("Is ibuprofen safe in pregnancy?", "pregnancy", "Ectopic"),
)
COMPLAINTS = (
    ("coughing up blood", "should be seen by a doctor today", "blood pressure"),
    ("my leg is swollen and painful after a long flight", "Deep vein thrombosis", "Restless"),
    ("how do i treat a burn", "running water", ""),
    ("what are the signs of a stroke?", "one side of the face droops", "Heat stroke"),
    ("what are the symptoms of a heart attack", "pressure or tightness", "Transient"),
    ("I do not have chest pain, just a cold", "", "Chest wall"),
)
BESIDE = (
    *("Is zorblaxin safe?", "hello", "thank you", "who are you?", "asdf qwer zxcv", "What is the capital of France?"),
    *("tell me a joke", "I am so scared", "Tengo dolor en el pecho y no puedo respirar", "আমার বুকে ব্যথা"),
)


@pytest.fixture(scope="module", autouse=True)
def _passages(django_db_setup, django_db_blocker):
    """Write the passages once for all tests here: thousands of rows."""
    with django_db_blocker.unblock():
        find_passages("cold")
        yield
        KnowledgePassage.objects.all().delete()


@pytest.fixture
def ask(now):
    client = client_of(make_care(now).manager, now=now)
    return lambda question: client.post("/api/v1/chat/send-message/", {"question": question}, format="json").json()


def test_an_emergency_is_called_one_at_once_and_nothing_calms_down(ask):
    wrong = []
    for question, word in EMERGENCIES:
        body = ask(question)
        is_first = body["emergency"] and body["answer"].startswith("This may be an emergency.")
        calming = [each for each in CALMING if each in body["answer"]]
        if not is_first or word.lower() not in body["answer"].lower() or calming or not body["sources"]:
            wrong.append((question, body["emergency"], calming, body["answer"][:400]))
    assert wrong == []


@pytest.mark.parametrize("asked", [MEDICINES, COMPLAINTS])
def test_the_answer_is_about_what_was_asked(ask, asked):
    wrong = []
    for question, said, unsaid in asked:
        body = ask(question)
        if said not in body["answer"] or (unsaid and unsaid in str(body)) or body["emergency"]:
            wrong.append((question, body["answer"][:600], [each["section"] for each in body["sources"]]))
    assert wrong == [], wrong


def test_what_nothing_is_known_about_gets_a_civil_answer_that_says_where_to_turn(ask):
    wrong = []
    for question in BESIDE:
        body = ask(question)
        if body["sources"] or "call an ambulance" not in body["answer"] or "pharmacist" not in body["answer"]:
            wrong.append((question, body["answer"][:300]))
    assert wrong == []


def test_no_answer_calls_anything_safe(ask):
    said = [ask(question)["answer"] for question, *_rest in (*MEDICINES, *COMPLAINTS)]
    assert [each for each in said if " is safe" in each or "are safe" in each] == []
