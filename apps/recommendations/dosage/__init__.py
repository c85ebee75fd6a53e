"""The dosage text parser: English label and shorthand styles to a structured dosage, and back to plain text.

A pure room: text in, values out. `parse_dosage` reads, `render_dosage` is its inverse, `as_json` is the wire form.
Reading is precision over coverage: a small tokenizer (`lexing`), ordered readers that consume words (`amounts`,
`timing`, `clock`, `course`), and a judgement on what is left over (`reading`). Whatever is not understood, or
contradicts itself, leaves `schedule` None; the fields then hold what could still be read.

Decisions where texts are ambiguous:
- "every 8 hours" is elapsed time (INTERVAL); counts, parts of the day and 1-0-1 are the wall clock. "Twice daily,
  every 12 hours" is INTERVAL; an interval with clock times that fit it is WALL_CLOCK.
- A range of hours ("every 4-6 hours") is spaced by its longer end; as needed, its shorter end is the least gap. A
  range of counts ("2-3 times a day") gives a schedule only when as needed, its upper end as the maximum.
- "Once weekly" is every 7 days; "twice a week" names no days, so no schedule. One bare "on Monday" may be a date.
- As needed: the gap is the interval's lower end, the maximum the smallest of all limits at the largest dose. A limit
  that cannot be counted in doses (3 g of an unsaid strength) leaves no schedule.
- A day's total "in 3 divided doses" fixes the count, not the dose. A single dose or STAT is one dose on one day and
  no schedule. In a taper every step has its own end but perhaps the last; steps share a schedule only if all agree.
- A duration that is a range, open ("at least") or conditional ("until better") leaves no schedule.
- Spoken looseness: OD is the right eye beside eyes or drops; ON at the end of a phrase is omni nocte; 5/7 is five
  days only after a frequency; 2,5 and 1.000 are not numbers; "2 am" without "at" or a dose is not a time.

Sources: ISMP, List of Error-Prone Abbreviations, Symbols, and Dose Designations (QD, QOD, OD, HS, U, ug, cc, trailing
and naked decimals); British National Formulary, Latin abbreviations and cautionary labels 21-23 (BD, TDS, QDS, OM, ON,
AC, PC, with or after food, empty stomach); NHS Dose Syntax and HL7 FHIR R4 Timing for what a dosage can say.
"""

from collections.abc import Mapping

from .assembling import assemble
from .model import (
    DEFAULT_CLOCK_TIMES,
    AsNeeded,
    Dosage,
    DosageStep,
    Every,
    Food,
    Interval,
    MaxPerDay,
    Recurrence,
    Schedule,
    WallClock,
    as_json,
)
from .reading import MAX_LENGTH, read_facts
from .rendering import render_dosage

__all__ = [
    "DEFAULT_CLOCK_TIMES",
    "MAX_LENGTH",
    "AsNeeded",
    "Dosage",
    "DosageStep",
    "Every",
    "Food",
    "Interval",
    "MaxPerDay",
    "Recurrence",
    "Schedule",
    "WallClock",
    "as_json",
    "parse_dosage",
    "render_dosage",
]


def parse_dosage(text: str, *, clock_times: Mapping[str, tuple[str, ...]] = DEFAULT_CLOCK_TIMES) -> Dosage:
    """Return what the text says; an empty Dosage for a text longer than MAX_LENGTH characters.

    Never raises for any text. `clock_times` ("HH:MM", the patient's local clock) are the customary hours for words
    that name no hour; pass a table with all keys of DEFAULT_CLOCK_TIMES to use others.
    """
    if len(text) > MAX_LENGTH:
        return Dosage()
    return assemble(read_facts(text), clock_times)
