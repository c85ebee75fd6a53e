"""What the house knows about a question: passages of the knowledge base and published articles, by full text."""

from dataclasses import dataclass
from itertools import count

from django.db.models import F

from apps.articles.models import Article
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import KnowledgePassage
from apps.recommendations.passages import passages
from apps.recommendations.prediction import predictor
from apps.recommendations.safety import Facts, Proposal, check_medicine, plain
from apps.recommendations.searching import any_word_of, fit, weighted

MOST = 3  # As many sources as system 002 showed.
LEAST_RANK = 0.25  # One word of the title, or some of the text.
READ = 1_000  # Letters of a question, all that it may have, in which names of medicines are looked for.
LONGEST_TEXT = 700
BATCH = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A text that may answer a question, where it comes from, how well it fits, and whether it warns."""

    text: str
    source: str
    section: str
    rank: float
    is_danger: bool = False


def find_passages(question: str) -> list[Found]:
    """Return at most three texts that fit a question, the best first; none where nothing fits."""
    query = any_word_of(f"{question} {_meant(question)}")
    if query is None:
        return []
    _be_searchable()
    own = KnowledgePassage.objects.filter(knowledge_version=knowledge().version, search=query)
    ranked = own.annotate(rank=fit(F("search"), query)).order_by("-rank", "position")[:MOST]
    found = [
        Found(plain(each.text, longest=LONGEST_TEXT), each.source, f"{each.title}, {each.section}", each.rank)
        for each in ranked
    ]
    vector = weighted("title", "body")
    articles = Article.objects.published().annotate(words=vector, rank=fit(vector, query)).filter(words=query)
    found += [
        Found(plain(each.body, longest=LONGEST_TEXT), each.title, f"blogs/{each.pk}", each.rank)  # type: ignore[attr-defined] # annotated
        for each in articles.order_by("-rank", "-id")[:MOST]
    ]
    fitting = sorted((each for each in found if each.rank >= LEAST_RANK), key=lambda each: -each.rank)
    return [*_by_the_rules(question), *fitting][:MOST]


def _by_the_rules(question: str) -> list[Found]:
    """Return what the safety rules say of the medicines that a question names together, the gravest first."""
    known = knowledge()
    named = [known.name_of(key) for key in known.read_medicine(question[:READ]).ids if key in known.medicines]
    met = [
        (each, medicine)
        for place, medicine in enumerate(named)
        for each in check_medicine(Proposal(medicine), Facts(current_medicines=tuple(named[:place])), known).findings
        if each.against in named[:place]
    ]
    gravest = sorted(met, key=lambda pair: -pair[0].severity.rank)
    return [
        Found(each.message, each.source, f"{medicine} with {each.against}, {each.type.value}", 1.0, is_danger=True)
        for each, medicine in gravest
    ]


def _meant(question: str) -> str:
    """Return the names of the medicines and symptoms that a question speaks of, whatever they are called in it."""
    known = knowledge()
    medicines = [known.name_of(key) for key in known.read_medicine(question[:READ]).ids]
    symptoms = [each.name for each in predictor().recognise(text=question).recognised if each.is_present]
    return " ".join([*medicines, *symptoms])


def _be_searchable() -> None:
    """Write the passages of this version where there are none; two that do so at once write each row once."""
    version = knowledge().version
    if KnowledgePassage.objects.filter(knowledge_version=version).exists():
        return
    numbered = zip(count(), passages(knowledge(), predictor().knowledge))
    rows = [
        KnowledgePassage(
            knowledge_version=version,
            position=position,
            title=each.title[:300],
            also=each.also,
            section=each.section,
            text=each.text,
            source=each.source[:300],
        )
        for position, each in numbered
    ]
    KnowledgePassage.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    KnowledgePassage.objects.exclude(knowledge_version=version).delete()
