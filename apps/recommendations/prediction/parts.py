"""Two troubles in one complaint: what a serious disease would be taken for, were the rest of the words another's.

What a disease has nothing to do with speaks against it, and rightly so while one disease explains everything. Where
none does, it must not hide a danger that fewer words would have shown. So each serious disease that the named one does
not explain away is judged once more, by the symptoms that speak for it.
"""

from collections.abc import Iterator

from .bayes import Evidence, Model, Posterior
from .knowledge import Disease
from .model import Sex


def standing(
    model: Model,
    evidence: Evidence,
    posterior: Posterior,
    named: Disease | None,
    *,
    age_years: float | None,
    sex: Sex | None,
) -> tuple[tuple[Disease, float], ...]:
    """Return the share of each disease, likeliest first; of a serious one the share in its part, where that is more.

    `named` is the disease that the complaint was put down to, None where it was to none.
    """
    parts = {disease.id: part for disease, part in _parts(model, evidence, named)}
    within = model.shares_by_part(set(parts.values()), evidence, age_years=age_years, sex=sex)
    raised = [
        (disease, max(share, within[parts[disease.id]][disease.id]) if disease.id in parts else share)
        for disease, share in posterior.diseases
    ]
    return tuple(sorted(raised, key=lambda pair: (-pair[1], pair[0].id)))


def _parts(model: Model, evidence: Evidence, named: Disease | None) -> Iterator[tuple[Disease, tuple[str, ...]]]:
    """Yield the serious diseases with the part of the symptoms that speaks for each, unless the named one shows it."""
    explained = model.knowledge.closure(named.symptoms) if named else frozenset()
    for disease in model.serious:
        part = tuple(id_ for id_ in evidence.present if model.speaks_for(id_, disease))
        if part and part != evidence.present and not explained.issuperset(part):
            yield disease, part
