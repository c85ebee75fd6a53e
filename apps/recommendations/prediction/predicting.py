"""From recognised symptoms to advice: red flags first, then diseases, then the highest triage of all."""

from collections.abc import Iterable, Iterator, Sequence

from .bayes import Evidence, Model, Posterior, evidence_of
from .knowledge import NEGLIGIBLE, Disease, DiseaseKnowledge, Kind
from .model import AlternativeDisease, DiseaseAdvice, Prediction, RedFlag, Sex, Triage
from .parts import standing
from .person import age_in, sex_in
from .recognition import Recogniser, Recognition

_ALTERNATIVES = 2
_ENOUGH_ALONE = 0.17  # confidence that one lone symptom must reach to name a disease
_ENOUGH = 0.1  # confidence below which no disease is named
_URGENT_FROM = 0.3  # share of probability from which an urgent disease sets the triage
_EMERGENCY_SPECIALIZATION = "Emergency Medicine"

Shares = Sequence[tuple[Disease, float]]  # Likeliest first.


class NothingRecognised(ValueError):
    """No name and no word of the complaint is known; `unmatched` are the names as given."""

    def __init__(self, unmatched: tuple[str, ...]) -> None:
        self.unmatched = unmatched
        super().__init__("nothing recognised")


class Predictor:
    """Advice from one knowledge base; built once, then used by any thread."""

    def __init__(self, knowledge: DiseaseKnowledge) -> None:
        self._knowledge = knowledge
        self._recogniser = Recogniser(knowledge)
        self._model = Model(knowledge)

    @property
    def knowledge(self) -> DiseaseKnowledge:
        """Return the knowledge base that the advice comes from."""
        return self._knowledge

    def recognise(self, *, symptoms: Sequence[str] = (), text: str = "", age_years: float | None = None) -> Recognition:
        """Return what is understood of the names and the text."""
        return self._recogniser.recognise(symptoms=symptoms, text=text, age_years=age_years)

    def predict(
        self,
        *,
        symptoms: Sequence[str] = (),
        text: str = "",
        age_years: float | None = None,
        sex: Sex | None = None,
    ) -> DiseaseAdvice:
        """Return the advice for symptom names and a free text; age in years, fractions for infants.

        Age and sex that are not given are taken from the text when it names them. Raises NothingRecognised when
        neither names nor text hold anything known.
        """
        age_years = age_in(text) if age_years is None else age_years
        sex = sex or sex_in(text)
        recognition = self.recognise(symptoms=symptoms, text=text, age_years=age_years)
        if not recognition.recognised:
            raise NothingRecognised(recognition.unmatched)
        evidence = evidence_of(self._knowledge, recognition.present(), recognition.absent())
        posterior = self._model.posterior(evidence, age_years=age_years, sex=sex)
        reason = self._why_not(evidence, posterior)
        named = None if reason else posterior.diseases[0][0]
        shares = standing(self._model, evidence, posterior, named, age_years=age_years, sex=sex)
        red_flags = (*self._red_flags(recognition.present(), age_years, sex), *suspicions(shares))
        triage = _triage(red_flags, shares, named, is_mostly_read=recognition.is_mostly_read)
        likely = [disease for disease, _ in posterior.diseases[: _ALTERNATIVES + 1]] if named else []
        return DiseaseAdvice(
            prediction=self._prediction(recognition, evidence, posterior) if named else None,
            reason=reason,
            red_flags=red_flags,
            triage=triage,
            specializations=_specializations(likely, triage),
            recognised=recognition.recognised,
            unmatched_symptoms=recognition.unmatched,
            something_else=_share(posterior.something_else),
        )

    def _red_flags(self, present: Iterable[str], age_years: float | None, sex: Sex | None) -> tuple[RedFlag, ...]:
        closure = self._knowledge.closure(present)
        fired = (rule for rule in self._knowledge.red_flags if rule.fires(closure, age_years=age_years, sex=sex))
        flags = [RedFlag(rule.id, rule.message, rule.triage, rule.source) for rule in fired]
        return tuple(sorted(flags, key=lambda flag: -flag.triage.urgency))

    def _why_not(self, evidence: Evidence, posterior: Posterior) -> str | None:
        """Return why no disease is named; None when there is enough to go by."""
        symptoms = self._knowledge.symptoms
        felt = [id_ for id_ in evidence.present if symptoms[id_].kind is not Kind.CIRCUMSTANCE]
        best = posterior.diseases[0][1]
        if not felt:
            return "no_symptom_present"
        if best < _ENOUGH or (len(felt) == 1 and best < _ENOUGH_ALONE):
            return "too_few_symptoms" if len(felt) < 3 else "no_disease_fits"
        return None

    def _prediction(self, recognition: Recognition, evidence: Evidence, posterior: Posterior) -> Prediction:
        (disease, share), *others = posterior.diseases[: _ALTERNATIVES + 1]
        matched = tuple(dict.fromkeys(found.said for found in recognition.recognised))
        return Prediction(
            disease_id=disease.id,
            disease=disease.name,
            confidence=_share(share),
            alternative_diseases=tuple(AlternativeDisease(other.name, _share(part)) for other, part in others),
            matched_symptoms=matched,
            unmatched_symptoms=recognition.unmatched,
            total_symptoms=len(matched) + len(recognition.unmatched),
            why=self._model.contributions(disease, evidence),
            specialization=disease.specialization,
            also_called=disease.also,
            self_care=disease.self_care,
            source=disease.source,
        )


def _share(value: float) -> float:
    """Return a share of probability cut, not rounded, to four places, so that shares never sum to more than 1."""
    return int(value * 10_000) / 10_000


def suspicions(shares: Shares) -> Iterator[RedFlag]:
    """Yield a danger sign for each emergency that stays plausible, though another disease may be likelier."""
    for disease, share in shares:
        if share < NEGLIGIBLE:
            return
        if disease.triage is Triage.EMERGENCY and share >= disease.dangerous_from:
            message = f"{disease.name} cannot be ruled out."
            yield RedFlag(f"{disease.id}_suspected", message, disease.triage, disease.source, disease.id)


def _triage(red_flags: Sequence[RedFlag], shares: Shares, named: Disease | None, *, is_mostly_read: bool) -> Triage:
    """Return the highest level that anything demands; self-care only where most of the complaint was understood."""
    levels = [flag.triage for flag in red_flags]
    for disease, share in shares:
        if share < _URGENT_FROM:
            break
        if disease.triage.urgency >= Triage.URGENT.urgency:
            levels.append(Triage.URGENT)
    levels.append(named.triage if named and named.triage is not Triage.EMERGENCY else Triage.ROUTINE)
    levels += [] if is_mostly_read else [Triage.ROUTINE]
    return max(levels, key=lambda level: level.urgency)


def _specializations(likely: Sequence[Disease], triage: Triage) -> tuple[str, ...]:
    first = [_EMERGENCY_SPECIALIZATION] if triage is Triage.EMERGENCY else []
    return tuple(dict.fromkeys([*first, *(disease.specialization for disease in likely)]))
