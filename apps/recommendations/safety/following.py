"""A dosage beside the schedule that reminders follow: where the two differ, the more of both is what counts."""

from collections.abc import Iterator
from math import isclose

from apps.recommendations.dosage import Dosage, Every, Interval, Recurrence, Schedule, WallClock, parse_dosage

from .dosing import proposal_of, read_dose
from .model import Dose, NotChecked, Proposal, Unchecked, plain

_WEEK, _MONTH = 7, 30
_Rhythm = tuple[float, float]  # Doses on a day that has any, and the share of such days.


def proposal_followed(medicine: str, dosage: str, schedule: Schedule | None) -> Proposal:
    """Return a medicine with the dose that its texts state, as often as its schedule has it taken."""
    stated = proposal_of(medicine, dosage)
    rhythm = None if schedule is None else _rhythm(schedule)
    if rhythm is None or (read_dose(dosage) is not None and not _disagree(dosage, schedule)):
        return stated
    known = stated.dose or read_dose(medicine)
    amount = (known.amount, known.unit) if known else _amount(dosage) or _amount(medicine)
    if amount is None:
        return stated
    scheduled = _dose(*amount, rhythm)
    return Proposal(medicine, _more_of(known, scheduled) if known else scheduled)


def schedule_gaps(dosage: str, schedule: Schedule | None) -> Iterator[NotChecked]:
    """Yield that a dosage and its schedule disagree."""
    if _disagree(dosage, schedule):
        reason = "the schedule says another frequency; the more of both was counted"
        yield NotChecked(Unchecked.DOSE, plain(dosage), reason)


def _disagree(dosage: str, schedule: Schedule | None) -> bool:
    """Tell whether both say how often, each something else."""
    if schedule is None:
        return False
    said, stated, rhythm = parse_dosage(dosage).schedule, read_dose(dosage), _rhythm(schedule)
    if said is not None:
        return _rhythm(said) != rhythm
    return stated is not None and rhythm is not None and not isclose(stated.times_per_day, rhythm[0] * rhythm[1])


def _rhythm(schedule: Schedule) -> _Rhythm | None:
    """Return how often at most; None for what is taken as needed without a limit."""
    if isinstance(schedule, WallClock):
        return len(schedule.times), _share(schedule.recurrence)
    if isinstance(schedule, Interval):
        return _spaced(schedule.hours)
    limits = [_spaced(schedule.minimum_gap_hours)] if schedule.minimum_gap_hours else []
    limits += [(float(schedule.maximum_per_day), 1.0)] if schedule.maximum_per_day else []
    return min(limits, key=lambda each: each[0] * each[1], default=None)


def _spaced(hours: float) -> _Rhythm:
    return (24 / hours, 1.0) if hours < 24 else (1.0, 24 / hours)


def _share(recurrence: Recurrence) -> float:
    shares = {
        Every.DAY: 1.0,
        Every.WEEKDAYS: len(recurrence.days) / _WEEK,
        Every.N_DAYS: 1 / (recurrence.n or 1),
        Every.MONTH: 1 / _MONTH,
    }
    return shares[recurrence.every]


def _dose(amount: float, unit: str, rhythm: _Rhythm) -> Dose:
    """Return the dose; what is taken on some days only counts with all of its day, however it is spread over weeks."""
    a_day, share = rhythm
    return Dose(amount, unit, a_day) if share == 1 else Dose(amount * a_day, unit, share)


def _more_of(one: Dose, other: Dose) -> Dose:
    return Dose(max(one.amount, other.amount), one.unit, max(one.times_per_day, other.times_per_day))


def _amount(text: str) -> tuple[float, str] | None:
    said: Dosage = parse_dosage(text)
    amount = said.dose_max or said.dose
    return None if amount is None or said.dose_unit is None else (float(amount), said.dose_unit)
