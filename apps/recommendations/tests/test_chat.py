"""Chat: danger first, sources always, one's own history, and no word in clear in the database."""

from datetime import timedelta

import pytest

from apps.articles.models import Article
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import ChatMessage, KnowledgePassage
from apps.recommendations.services.retrieving import find_passages
from tests.care import client_of, make_care
from tests.conftest import _empty_cache, now

__all__ = ["_empty_cache", "now"]
pytestmark = pytest.mark.django_db

PATH = "/api/v1/chat/"


@pytest.fixture(scope="module", autouse=True)
def _passages(django_db_setup, django_db_blocker):
    """Write the passages once for all tests here: thousands of rows."""
    with django_db_blocker.unblock():
        find_passages("cold")
        yield
        KnowledgePassage.objects.all().delete()


@pytest.fixture
def care(now):
    return make_care(now)


@pytest.fixture
def patient(care, now):
    return client_of(care.manager, now=now)


def ask(client, question):
    return client.post(f"{PATH}send-message/", {"question": question}, format="json")


class TestAnswering:
    @pytest.mark.parametrize(
        ("question", "about"),
        [
            ("May I take ibuprofen while I am pregnant?", "ibuprofen, pregnancy"),
            ("Can warfarin be taken with aspirin?", "interaction"),
            ("what are the symptoms of migraine", "Migraine, symptoms"),
            ("Is Advil bad for my kidneys?", "ibuprofen"),
        ],
    )
    def test_the_answer_is_from_what_it_names_as_its_source(self, patient, question, about):
        body = ask(patient, question).json()
        assert any(about in each["section"] for each in body["sources"]), body["sources"]
        assert 1 <= len(body["sources"]) <= 3
        assert all(each["source"] for each in body["sources"])
        assert body["question"] == question
        assert body["answer"]
        assert "no medical advice" in body["disclaimer"]

    def test_danger_comes_first(self, patient):
        body = ask(patient, "I have crushing chest pain into my left arm and I am sweating, what can I take?").json()
        assert body["emergency"] is True
        assert body["answer"].startswith("This may be an emergency.")
        assert ask(patient, "What helps against a cold?").json()["emergency"] is False

    def test_of_many_medicines_each_is_checked_beside_every_other(self, patient):
        question = (
            "Can I take paracetamol and vitamin C with my warfarin, or is " + "the old and trusted " * 10 + "ibuprofen"
        )
        answer = ask(patient, f"{question} better?").json()
        assert "severe bleeding" in answer["answer"]
        assert "warfarin" in answer["sources"][0]["section"]

    def test_articles_are_found_by_the_vector_that_is_kept_with_them(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(10) as captured:
            find_passages("zorblax root")
        asked = [each["sql"] for each in captured if "articles_article" in each["sql"]]
        assert asked
        assert [sql for sql in asked if "to_tsvector" in sql] == []

    def test_published_articles_are_sources_and_drafts_are_none(self, patient, care, now):
        body = "Zorblax root is chewed on islands against seasickness, and nobody knows whether it helps. " * 12
        for slug, published_at in (("seen", now - timedelta(days=1)), ("draft", None)):
            Article.objects.create(
                title=f"Zorblax root, {slug}",
                slug=slug,
                body=body,
                author=care.doctor.user,
                status="PUBLISHED" if published_at else "DRAFT",
                published_at=published_at,
            )
        sources = ask(patient, "does zorblax root help").json()["sources"]
        assert [each["source"] for each in sources if "Zorblax" in each["source"]] == ["Zorblax root, seen"]

    def test_what_an_article_links_to_is_not_in_the_answer(self, patient, care, now):
        body = (
            "Zorblax root: see https://evil.example and [this](www.evil.example) <script>alert(1)</script> for more. "
        )
        Article.objects.create(
            title="Zorblax root",
            slug="x",
            body=body * 20,
            author=care.doctor.user,
            status="PUBLISHED",
            published_at=now - timedelta(days=1),
        )
        shown = ask(patient, "zorblax root").json()["answer"]
        assert "Zorblax root" in shown
        assert len(shown) < 1000
        assert [each for each in ("evil", "http", "<") if each in shown] == []

    def test_nothing_found_is_said_and_nothing_is_invented(self, patient):
        for question in ("qwertzuiop asdfghjkl", "?!", "ؤ", "' OR 1=1; --", "a:* & !b | (c"):
            body = ask(patient, question).json()
            assert body["answer"], question
        assert ask(patient, "qwertzuiop").json()["sources"] == []

    @pytest.mark.parametrize("question", ["", "   ", "x" * 1001, None, 5.5, ["x"]])
    def test_a_question_has_one_to_a_thousand_letters(self, patient, question):
        refused = ask(patient, question)
        if question != 5.5:  # A number is read as its digits, as everywhere.
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/question")

    def test_passages_are_written_once_for_a_version(self):
        find_passages("ibuprofen")
        written = KnowledgePassage.objects.count()
        KnowledgePassage.objects.filter(position=0).update(text="marked")
        find_passages("aspirin")
        assert written > 1000
        assert KnowledgePassage.objects.count() == written
        assert KnowledgePassage.objects.get(position=0).text == "marked"

    def test_those_of_another_release_go_though_the_knowledge_has_the_same_version(self):
        find_passages("ibuprofen")
        edition = KnowledgePassage.objects.values_list("knowledge_version", flat=True).first()
        assert edition.startswith(f"{knowledge().version}/")
        KnowledgePassage.objects.update(knowledge_version=f"{knowledge().version}/other")
        find_passages("ibuprofen")
        assert set(KnowledgePassage.objects.values_list("knowledge_version", flat=True)) == {edition}

    def test_those_of_an_older_version_go(self):
        KnowledgePassage.objects.create(
            knowledge_version="old", position=0, title="Old", section="x", text="x", source="x"
        )
        KnowledgePassage.objects.exclude(knowledge_version="old").delete()
        find_passages("ibuprofen")
        assert not KnowledgePassage.objects.filter(knowledge_version="old").exists()


class TestHistory:
    def test_ones_own_the_newest_first_and_clearable(self, care, patient, now):
        doctor = client_of(care.doctor.user, now=now)
        ask(patient, "What helps against a cold?")
        ask(patient, "What is gout?")
        ask(doctor, "What is asthma?")
        rows = patient.get(f"{PATH}history/").json()["results"]
        assert [row["question"] for row in rows] == ["What is gout?", "What helps against a cold?"]
        assert patient.delete(f"{PATH}history/clear/").status_code == 204
        assert patient.get(f"{PATH}history/").json()["results"] == []
        assert ChatMessage.objects.get().user_id == care.doctor.user_id

    def test_system_002_says_limit_for_the_size_of_a_page(self, patient):
        for question in ("What helps against a cold?", "What is gout?"):
            ask(patient, question)
        page = patient.get("/api/v1/chat/history/?limit=1").json()
        assert [row["question"] for row in page["results"]] == ["What is gout?"]
        assert len(patient.get(page["next"]).json()["results"]) == 1
        refused = patient.get("/api/v1/chat/history/?limit=many")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "?limit")

    def test_the_database_holds_no_word_in_clear(self, patient):
        ask(patient, "Sentinelitis?")
        assert b"entinel" not in bytes(ChatMessage.objects.get().content_sealed)

    def test_health_says_whether_a_model_takes_part(self, patient, settings):
        assert patient.get(f"{PATH}health/").json()["language_model"] == "NONE"
        settings.GROQ_API_KEY = "x"
        assert patient.get(f"{PATH}health/").json()["language_model"] == "READY"
