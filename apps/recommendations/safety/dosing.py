"""Dose text as the rules count it: the largest single dose, and how often a day."""

from apps.recommendations.dosage import AsNeeded, Dosage, DosageStep, parse_dosage

from .model import Dose, Proposal

_WEEK = 7


def read_dose(text: str) -> Dose | None:
    """Return the dose that a text states ("1 g four times a day"), None where it states none that can be counted."""
    dosage = parse_dosage(text)
    if dosage.steps and dosage.dose is None:
        return _of_steps(dosage)
    amount, per_day = dosage.dose_max or dosage.dose, _per_day(dosage)
    if amount is None or dosage.dose_unit is None or per_day is None:
        return None
    return Dose(amount=float(amount), unit=dosage.dose_unit, times_per_day=per_day)


def proposal_of(medicine: str, dosage: str) -> Proposal:
    """Return a medicine with the dose that its dosage text states, alone or of the strength in the medicine's name."""
    if not dosage.strip():
        return Proposal(medicine)
    dose = read_dose(dosage) or read_dose(f"{medicine} {dosage}")
    return Proposal(medicine, dose, unread="" if dose else dosage)


def _per_day(dosage: Dosage) -> float | None:
    """Return the most doses a day, over all days of the week; as needed, no more than the text allows."""
    often = dosage.doses_per_day or (24 / dosage.interval_hours if dosage.interval_hours else None)
    if isinstance(dosage.schedule, AsNeeded) and dosage.schedule.maximum_per_day:
        allowed = dosage.schedule.maximum_per_day
        return float(allowed if often is None else min(often, allowed))
    if often is None:
        return None
    return float(often) * (len(dosage.days_of_week) / _WEEK if dosage.days_of_week else 1)


def _of_steps(dosage: Dosage) -> Dose | None:
    """Return the day of parts of one day together, or the heaviest day of parts that follow each other."""
    units = {step.dose_unit for step in dosage.steps}
    singles = [float(step.dose_max or step.dose or 0) for step in dosage.steps]
    unit = units.pop()
    if units or unit is None or not all(singles):
        return None
    days = [single * _times(step) for single, step in zip(singles, dosage.steps, strict=True)]
    follow_each_other = any(step.duration_days for step in dosage.steps)
    largest = max(singles)
    return Dose(largest, unit, (max(days) if follow_each_other else sum(days)) / largest)


def _times(step: DosageStep) -> float:
    if step.doses_per_day is not None:
        return float(step.doses_per_day)
    return 24 / step.interval_hours if step.interval_hours else max(len(step.times_of_day), 1)
