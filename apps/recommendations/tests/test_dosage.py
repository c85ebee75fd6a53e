"""The dosage parser: tables of texts with their exact readings, texts that say nothing, and properties of any text."""

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.recommendations.dosage import (
    DEFAULT_CLOCK_TIMES,
    MAX_LENGTH,
    AsNeeded,
    Dosage,
    DosageStep,
    Every,
    Food,
    Interval,
    MaxPerDay,
    Recurrence,
    WallClock,
    as_json,
    parse_dosage,
    render_dosage,
)

# --- words for the tables: each returns fields of a Dosage, joined by | ----------------------------------------------

NO_SCHEDULE = {"schedule": None}
BEFORE, WITH, AFTER, EMPTY = ({"food": food} for food in (Food.BEFORE, Food.WITH, Food.AFTER, Food.EMPTY_STOMACH))


def dose(low, unit=None, high=None):
    return {"dose": Decimal(str(low)), "dose_max": Decimal(str(high)) if high else None, "dose_unit": unit}


TAB = dose(1, "tablet")


def usual(count):
    return DEFAULT_CLOCK_TIMES[str(count)]


def daily(count):
    return {"doses_per_day": count, "schedule": WallClock(usual(count))}


def at(*times):
    return {"doses_per_day": len(times), "times_of_day": times, "schedule": WallClock(times)}


def meals(count):
    times = ("08:00", "13:00", "19:00") if count == 3 else ("08:00", "19:00")
    return {"doses_per_day": count, "schedule": WallClock(times)}


def hourly(hours):
    return {"interval_hours": hours, "schedule": Interval(hours)}


def hour_range(low, high):
    return {"interval_hours": low, "interval_hours_max": high, "schedule": Interval(high)}


def each_days(n, *times):
    schedule = WallClock(times or usual(1), Recurrence(Every.N_DAYS, n=n))
    return {"doses_per_day": 1 / n, "interval_hours": 24 * n, "times_of_day": times, "schedule": schedule}


def monthly(day=None, *times):
    return {"times_of_day": times, "schedule": WallClock(times or usual(1), Recurrence(Every.MONTH, day=day))}


def on(days, *times, count=1):
    names = {"MO": "MONDAY", "TU": "TUESDAY", "WE": "WEDNESDAY", "TH": "THURSDAY", "FR": "FRIDAY", "SA": "SATURDAY"}
    named = tuple((names | {"SU": "SUNDAY"})[day] for day in days.split())
    schedule = WallClock(times or usual(count), Recurrence(Every.WEEKDAYS, days=named))
    return {"doses_per_day": count, "days_of_week": named, "times_of_day": times, "schedule": schedule}


def needed(gap=None, most=None):
    return {"as_needed": True, "schedule": AsNeeded(gap, most)}


def every_needed(hours, most=None):
    return {"interval_hours": hours} | needed(hours, most)


def range_needed(low, high, most=None):
    return {"interval_hours": low, "interval_hours_max": high} | needed(low, most)


def daily_needed(count):
    return {"doses_per_day": count} | needed(most=count)


def at_most(amount, unit):
    return {"max_per_day": MaxPerDay(Decimal(str(amount)), unit)}


def lasting(days):
    return {"duration_days": days}


def part(low, unit, *times):
    return DosageStep(dose=Decimal(str(low)), dose_unit=unit, times_of_day=times)


def step(low, unit, count, days=None):
    return DosageStep(dose=Decimal(str(low)), dose_unit=unit, doses_per_day=count, duration_days=days)


def parts_of_day(*parts):
    times = tuple(sorted(time for each in parts for time in each.times_of_day))
    return at(*times) | {"steps": parts}


def taper(*steps, days=None, count=1):
    return daily(count) | {"steps": steps, "duration_days": days}


def uneven_taper(*steps, days=None):
    return {"steps": steps, "duration_days": days}


# --- the tables -----------------------------------------------------------------------------------------------------

TABLES = {
    "latin": [
        ("1 tablet QD", TAB | daily(1)),
        ("1 tab OD", TAB | daily(1)),
        ("1 tab po q d", TAB | daily(1)),
        ("1 tablet BID", TAB | daily(2)),
        ("1 tab b.i.d.", TAB | daily(2)),
        ("1 tab BD", TAB | daily(2)),
        ("1 cap TID", dose(1, "capsule") | daily(3)),
        ("1 cap t.d.s.", dose(1, "capsule") | daily(3)),
        ("1 tab QID", TAB | daily(4)),
        ("2 tabs QDS", dose(2, "tablet") | daily(4)),
        ("1 tab QHS", TAB | at("22:00")),
        ("1 tab po q hs", TAB | at("22:00")),
        ("1 tab h.s.", TAB | at("22:00")),
        ("1 tab OD HS", TAB | at("22:00")),
        ("1 tab QAM", TAB | at("08:00")),
        ("1 tab PO QPM", TAB | at("18:00")),
        ("1 tab mane", TAB | at("08:00")),
        ("1 tab nocte", TAB | at("22:00")),
        ("5 mg OM", dose(5, "mg") | at("08:00")),
        ("5 mg ON", dose(5, "mg") | at("22:00")),
        ("1 tab mane and nocte", TAB | at("08:00", "22:00")),
        ("1 tab PRN", TAB | needed()),
        ("1 tablet SOS", TAB | needed()),
        ("1 tab TID PC", TAB | meals(3) | AFTER),
        ("1 cap BD AC x 14 days", dose(1, "capsule") | meals(2) | BEFORE | lasting(14)),
        ("i-ii tabs po q4h prn", dose(1, "tablet", 2) | every_needed(4)),
        ("ii gtts OU qid", dose(2, "drop") | daily(4)),
        ("BD", daily(2)),
    ],
    "interval": [
        ("1 tab q6h", TAB | hourly(6)),
        ("1 tab q8hr", TAB | hourly(8)),
        ("1 tab q 12 hours", TAB | hourly(12)),
        ("1 g IV q8h", dose(1, "g") | hourly(8)),
        ("take 1 tablet by mouth every 8 hours for 7 days", TAB | hourly(8) | lasting(7)),
        ("every eight hours", hourly(8)),
        ("1 tablet 6 hourly", TAB | hourly(6)),
        ("1 tablet 12-hourly", TAB | hourly(12)),
        ("1 drop hourly", dose(1, "drop") | hourly(1)),
        ("1 patch every 72 hours", dose(1, "patch") | hourly(72)),
        ("every 36 hours", hourly(36)),
        ("2 tablets every 4 to 6 hours", dose(2, "tablet") | hour_range(4, 6)),
        ("10 mg q6-8h", dose(10, "mg") | hour_range(6, 8)),
        ("1 tablet 3 times a day every 8 hours", TAB | hourly(8) | {"doses_per_day": 3}),
        ("1 tab BID q12h", TAB | hourly(12) | {"doses_per_day": 2}),
        ("1 tablet every 12 hours at 8 am and 8 pm", TAB | at("08:00", "20:00") | {"interval_hours": 12}),
    ],
    "count": [
        ("Take 1 tablet once daily", TAB | daily(1)),
        ("take one capsule daily", dose(1, "capsule") | daily(1)),
        ("TAKE 1 TABLET BY MOUTH ONCE DAILY.", TAB | daily(1)),
        ("Take ONE tablet TWICE a day", TAB | daily(2)),
        ("1 tablet twice-daily", TAB | daily(2)),
        ("one capsule three times a day until finished", dose(1, "capsule") | daily(3)),
        ("1 tablet thrice daily", TAB | daily(3)),
        ("2x daily", daily(2)),
        ("3x/day", daily(3)),
        ("x2/day", daily(2)),
        ("1 tablet 4 times every day", TAB | daily(4)),
        ("200 mg 5 times a day x 5 days", dose(200, "mg") | daily(5) | lasting(5)),
        ("1 tablet 3 times in 24 hours", TAB | daily(3)),
        ("one to be taken every day", dose(1) | daily(1)),
        ("take 2, three times a day", dose(2) | daily(3)),
        ("1 3 times a day", dose(1) | daily(3)),
        ("take one (1) tablet two (2) times a day", TAB | daily(2)),
        ("take 1 tablet every 4 four hours", TAB | hourly(4)),
        ("900 mg daily in 3 divided doses", daily(3)),
        ("20 mg as a single daily dose", dose(20, "mg") | daily(1)),
        ("1 tablet twice daily at least 8 hours apart", TAB | daily(2)),
        ("1 tablet daily at the same time each day", TAB | daily(1)),
        ("1 tablet every 8 hours each day", TAB | hourly(8)),
        ("2 capsules a day with breakfast", dose(2, "capsule") | at("08:00") | WITH),
        ("Inhale 1 puff into the lungs daily", dose(1, "puff") | daily(1)),
        ("1 spray to each nare bid", dose(1, "spray") | daily(2)),
        ("2 sprays per nostril once daily", dose(2, "spray") | daily(1)),
        ("Amoxicillin 500 mg caps, one three times daily", dose(1, "capsule") | daily(3)),
    ],
    "slots": [
        ("1-0-1", dose(1) | at("08:00", "20:00")),
        ("1 - 0 - 1", dose(1) | at("08:00", "20:00")),
        ("1+0+1", dose(1) | at("08:00", "20:00")),
        ("1–0–1", dose(1) | at("08:00", "20:00")),
        ("0-0-1", dose(1) | at("20:00")),
        ("1-1-1 after meals for 7 days", dose(1) | at("08:00", "14:00", "20:00") | AFTER | lasting(7)),
        ("1-1-1-1", dose(1) | at("08:00", "12:00", "18:00", "22:00")),
        ("1-0-0-1", dose(1) | at("08:00", "22:00")),
        ("½-0-1", parts_of_day(part("0.5", None, "08:00"), part(1, None, "20:00"))),
        ("1-0-1/2", parts_of_day(part(1, None, "08:00"), part("0.5", None, "20:00"))),
        (
            "2-0-1 tablets after food for 2 weeks",
            parts_of_day(part(2, "tablet", "08:00"), part(1, "tablet", "20:00")) | AFTER | lasting(14),
        ),
        ("20-0-16 units", parts_of_day(part(20, "unit", "08:00"), part(16, "unit", "20:00"))),
        ("Tab Paracetamol 500 mg 1-0-1 x 5 days", TAB | at("08:00", "20:00") | lasting(5)),
        ("Amoxicillin 500 mg 1-0-1 x 5 days", dose(500, "mg") | at("08:00", "20:00") | lasting(5)),
        # times beside the pattern are those of its doses, not more of them
        ("0-0-1 at bedtime", dose(1) | at("22:00")),
        ("1-0-1 after breakfast and dinner", dose(1) | at("08:00", "19:00") | AFTER),
        ("1-1-1 with each meal", dose(1) | at("08:00", "13:00", "19:00") | WITH),
        ("1-1-1-1 before meals and at bedtime", dose(1) | at("08:00", "13:00", "19:00", "22:00") | BEFORE),
        ("1-0-1 at 7am and 7pm", dose(1) | at("07:00", "19:00")),
        ("2-0-1 morning and night", parts_of_day(part(2, None, "08:00"), part(1, None, "22:00"))),
        # an amount before it is that of each dose
        ("1 tab 1-0-1 pc x 7 days", TAB | at("08:00", "20:00") | AFTER | lasting(7)),
        ("5 ml 1-1-1 A/F", dose(5, "ml") | at("08:00", "14:00", "20:00") | AFTER),
        ("10 units 1-0-0 B/F", dose(10, "unit") | at("08:00") | BEFORE),
        ("1-0-1 SOS", dose(1) | at("08:00", "20:00") | needed(most=2)),
    ],
    "clock": [
        ("take 1 tablet at 8am", TAB | at("08:00")),
        ("Take at 08:00 and 20:00", at("08:00", "20:00")),
        ("inject 10 units at 7:30 am and 6pm", dose(10, "unit") | at("07:30", "18:00")),
        ("Take one tablet at 8 am, 2 pm and 8 pm", TAB | at("08:00", "14:00", "20:00")),
        ("1 tab at 0800 and 2000", TAB | at("08:00", "20:00")),
        ("1 tablet twice daily (at 9am and 9pm)", TAB | at("09:00", "21:00")),
        ("once daily at 9pm", at("21:00")),
        ("1 tablet at 10 pm nightly", TAB | at("22:00")),
        ("take 1 tablet every evening at 8", TAB | at("20:00")),
        ("1 tablet at 8 in the morning and 8 at night", TAB | at("08:00", "20:00")),
        ("1 tablet at 12 noon", TAB | at("12:00")),
        ("5 ml at midnight", dose(5, "ml") | at("00:00")),
        ("1 tab am, 1 tab pm", TAB | at("08:00", "18:00")),
    ],
    "part of the day": [
        ("1 tablet at bedtime", TAB | at("22:00")),
        ("1 tablet at night", TAB | at("22:00")),
        ("take 2 every morning", dose(2) | at("08:00")),
        ("1 tablet in the morning and at night", TAB | at("08:00", "22:00")),
        ("1 tablet morning, noon and night", TAB | at("08:00", "12:00", "22:00")),
        ("take 1 tablet by mouth twice a day morning and evening", TAB | at("08:00", "18:00")),
        ("1 tablet once daily at bedtime", TAB | at("22:00")),
        ("1 tablet first thing in the morning", TAB | at("08:00")),
        ("1 tablet on waking", TAB | at("08:00")),
        ("1 tablet mane et nocte", TAB | at("08:00", "22:00")),
        ("1 capsule at 0600 and 1800 hours", dose(1, "capsule") | at("06:00", "18:00")),
        ("take 1 tablet 1 hour before bedtime", TAB | at("21:00")),
        ("1 tablet in the afternoon", TAB | at("15:00")),
        ("once in the morning and once at night", at("08:00", "22:00")),
        ("1 tablet every morning and 1 tablet every evening", TAB | at("08:00", "18:00")),
        (
            "2 tablets in the morning and 1 at night",
            parts_of_day(part(2, "tablet", "08:00"), part(1, "tablet", "22:00")),
        ),
        ("½ tablet mane, 1 nocte", parts_of_day(part("0.5", "tablet", "08:00"), part(1, "tablet", "22:00"))),
        (
            "in the morning 2 tablets, at night 1 tablet",
            parts_of_day(part(2, "tablet", "08:00"), part(1, "tablet", "22:00")),
        ),
        ("100 mg qam and 200 mg qhs", parts_of_day(part(100, "mg", "08:00"), part(200, "mg", "22:00"))),
        ("12 units AM, 8 units PM", parts_of_day(part(12, "unit", "08:00"), part(8, "unit", "18:00"))),
    ],
    "food": [
        ("1 tablet three times a day with food", TAB | daily(3) | WITH),
        ("1 tablet three times a day with meals", TAB | meals(3) | WITH),
        ("Metformin 500 mg BD with meals", dose(500, "mg") | meals(2) | WITH),
        ("1 tablet with breakfast and dinner", TAB | at("08:00", "19:00") | WITH),
        ("take 1 tablet by mouth daily after dinner", TAB | at("19:00") | AFTER),
        ("1 capsule before breakfast daily", dose(1, "capsule") | at("08:00") | BEFORE),
        ("Take 1 tablet 30 minutes before breakfast", TAB | at("07:30") | BEFORE),
        ("40 mg OD half an hour before breakfast", dose(40, "mg") | at("07:30") | BEFORE),
        ("1 tablet with the evening meal", TAB | at("19:00") | WITH),
        ("1 tablet in the evening with dinner", TAB | at("19:00") | WITH),
        ("1 tablet with each meal", TAB | at("08:00", "13:00", "19:00") | WITH),
        ("1 tablet QID before meals and at bedtime", TAB | at("08:00", "13:00", "19:00", "22:00") | BEFORE),
        ("1 tablet daily on an empty stomach", TAB | daily(1) | EMPTY),
        ("500 mg QDS 1 hour before or 2 hours after food", dose(500, "mg") | daily(4) | EMPTY),
        ("1 tablet every morning on an empty stomach, 30 minutes before food", TAB | at("08:00") | EMPTY),
        ("1 tablet twice daily, with or just after food", TAB | daily(2) | WITH),
        ("1 tablet daily, with or without food", TAB | daily(1)),
        ("1 tablet twice a day with food or milk", TAB | daily(2) | WITH),
        (
            "10 units before breakfast and 8 units before dinner",
            parts_of_day(part(10, "unit", "08:00"), part(8, "unit", "19:00")) | BEFORE,
        ),
    ],
    "days": [
        ("1 tablet every other day", TAB | each_days(2)),
        ("1 tablet QOD", TAB | each_days(2)),
        ("take one and a half tablets on alternate days", dose("1.5", "tablet") | each_days(2)),
        ("1 tablet every other night", TAB | each_days(2, "22:00")),
        ("Apply one patch every 3 days", dose(1, "patch") | each_days(3)),
        ("1 tablet every 3rd day", TAB | each_days(3)),
        ("once weekly", each_days(7)),
        ("60,000 IU once weekly for 8 weeks", dose(60000, "iu") | each_days(7) | lasting(56)),
        ("40 mg every other week", dose(40, "mg") | each_days(14)),
        ("1 injection every 4 weeks", dose(1, "injection") | each_days(28)),
        ("fortnightly", each_days(14)),
        ("70 mg once weekly on Sunday", dose(70, "mg") | on("SU")),
        ("70 mg once weekly on Sunday morning", dose(70, "mg") | on("SU", "08:00")),
        ("1 tablet every Monday, Wednesday and Friday", TAB | on("MO WE FR")),
        ("10 mg Tue/Thu/Sat", dose(10, "mg") | on("TU TH SA")),
        ("5 mg on Tuesdays and Thursdays", dose(5, "mg") | on("TU TH")),
        ("1 tablet MWF", TAB | on("MO WE FR")),
        ("1 tablet Mon-Fri", TAB | on("MO TU WE TH FR")),
        ("1 tablet daily Monday through Friday", TAB | on("MO TU WE TH FR")),
        ("1 tablet on weekdays", TAB | on("MO TU WE TH FR")),
        ("3 times a week on Monday, Wednesday and Friday", on("MO WE FR")),
        ("Twice daily on Mondays and Thursdays", on("MO TH", count=2)),
        ("once a month", monthly()),
        ("1 tablet monthly on the 1st", TAB | monthly(1)),
        ("1 tablet on the 15th of each month at 9 am", TAB | monthly(15, "09:00")),
        (
            "1 tablet BD on alternate days",
            TAB | {"doses_per_day": 1, "schedule": WallClock(usual(2), Recurrence(Every.N_DAYS, n=2))},
        ),
    ],
    "amount": [
        ("1-2 tablets at night", dose(1, "tablet", 2) | at("22:00")),
        ("one to two tablets at night", dose(1, "tablet", 2) | at("22:00")),
        ("1 tablet or 2 tablets at night", dose(1, "tablet", 2) | at("22:00")),
        ("half a tablet daily", dose("0.5", "tablet") | daily(1)),
        ("1/2 tablet twice daily", dose("0.5", "tablet") | daily(2)),
        ("Take one half tablet daily", dose("0.5", "tablet") | daily(1)),
        ("2½ tablets daily", dose("2.5", "tablet") | daily(1)),
        ("1-1/2 tablets daily", dose("1.5", "tablet") | daily(1)),
        ("3/4 tablet daily", dose("0.75", "tablet") | daily(1)),
        ("a quarter of a tablet daily", dose("0.25", "tablet") | daily(1)),
        ("1/2-1 tab q hs", dose("0.5", "tablet", 1) | at("22:00")),
        ("twenty-five mg daily", dose(25, "mg") | daily(1)),
        (".5 mg daily", dose("0.5", "mg") | daily(1)),
        ("5.0 mg daily", dose(5, "mg") | daily(1)),
        ("0.125 mg qd", dose("0.125", "mg") | daily(1)),
        ("1,000 mg daily", dose(1000, "mg") | daily(1)),
        ("1 000 mg daily", dose(1000, "mg") | daily(1)),
        ("10U at bedtime", dose(10, "unit") | at("22:00")),
        ("125µg od", dose(125, "mcg") | daily(1)),
        ("150 ug daily", dose(150, "mcg") | daily(1)),
        ("2 cc tid", dose(2, "ml") | daily(3)),
        ("1 tsp tid", dose(1, "teaspoon") | daily(3)),
        ("Two 5ml spoonfuls four times a day", dose(10, "ml") | daily(4)),
        ("5 mL (250 mg) three times a day", dose(5, "ml") | daily(3)),
        ("250 mg/5 ml: give 5 ml three times daily", dose(5, "ml") | daily(3)),
        ("Take two 500 mg tablets every 6 hours", dose(2, "tablet") | hourly(6)),
        ("1 500 mg tablet twice daily", TAB | daily(2)),
        ("2 x 500 mg tablets twice daily", dose(2, "tablet") | daily(2)),
        ("take 1 tablet 5 milligram total by mouth daily", TAB | daily(1)),
        ("Metformin 500mg tablets: take one twice daily with food", TAB | daily(2) | WITH),
        ("Metformin 500mg 1 bd", dose(1) | daily(2)),
        ("Co-amoxiclav 500/125 mg 1 tab TDS x 7 days", TAB | daily(3) | lasting(7)),
        ("1 tablet(s) every day", TAB | daily(1)),
        ("Vitamin D3 1000 IU once daily", dose(1000, "iu") | daily(1)),
    ],
    "route and site": [
        ("apply thinly to affected area twice daily", daily(2)),
        ("Apply sparingly to the face at night", at("22:00")),
        ("2 puffs twice a day via spacer", dose(2, "puff") | daily(2)),
        ("Salbutamol 100 mcg inhaler 2 puffs qds prn", dose(2, "puff") | daily_needed(4)),
        ("Instil 1 drop in each eye QID", dose(1, "drop") | daily(4)),
        ("1 drop OD TID", dose(1, "drop") | daily(3)),
        ("1 gtt OU QHS", dose(1, "drop") | at("22:00")),
        ("2 drops in the right ear 3 times daily for 7 days", dose(2, "drop") | daily(3) | lasting(7)),
        ("2 sprays in each nostril once daily for allergies", dose(2, "spray") | daily(1)),
        ("1 suppository PR at night", dose(1, "suppository") | at("22:00")),
        ("1 pessary at night for 3 nights", dose(1, "pessary") | at("22:00") | lasting(3)),
        ("Inject 0.5 mL intramuscularly once monthly", dose("0.5", "ml") | monthly()),
        ("Fentanyl 25 mcg/hr, apply 1 patch every 72 hours", dose(1, "patch") | hourly(72)),
        ("1 sachet twice daily dissolved in water", dose(1, "sachet") | daily(2)),
        ("Take one tablet of amlodipine every morning for blood pressure", TAB | at("08:00")),
        ("take 1 tablet every day to lower cholesterol", TAB | daily(1)),
        ("1 tablet daily as directed by your doctor", TAB | daily(1)),
        ("1 tablet daily, swallow whole with a full glass of water, do not crush or chew", TAB | daily(1)),
        ("1 tablet daily. Avoid alcohol. May cause drowsiness.", TAB | daily(1)),
    ],
    "duration": [
        ("1 tab po bid x 10 days", TAB | daily(2) | lasting(10)),
        ("1 tab bid x5d", TAB | daily(2) | lasting(5)),
        ("1 tab BD x 5/7", TAB | daily(2) | lasting(5)),
        ("1 tab BD for 2/52", TAB | daily(2) | lasting(14)),
        ("1 tab OD 1/12", TAB | daily(1) | lasting(30)),
        ("10 ml TDS for 1 week", dose(10, "ml") | daily(3) | lasting(7)),
        ("one tablet daily for a week", TAB | daily(1) | lasting(7)),
        ("one tablet daily for 1 month", TAB | daily(1) | lasting(30)),
        ("two tablets daily for six weeks", dose(2, "tablet") | daily(1) | lasting(42)),
        ("1 tablet twice daily, 10 day course", TAB | daily(2) | lasting(10)),
        ("1 tablet orally once a day 30 days", TAB | daily(1) | lasting(30)),
        ("1 tablet daily for up to 2 weeks", TAB | daily(1) | lasting(14)),
        ("1 tablet twice daily for 6 doses", TAB | daily(2) | lasting(3)),
        ("1 caps po dailyx90 days", dose(1, "capsule") | daily(1) | lasting(90)),
        ("10 day course", lasting(10)),
    ],
    "as needed": [
        ("2 puffs q4h prn wheeze", dose(2, "puff") | every_needed(4)),
        ("1 tab po tid prn muscle spasms", TAB | daily_needed(3)),
        ("1 tablet every 8 hours only if needed for severe pain", TAB | every_needed(8)),
        ("two puffs four times a day when required", dose(2, "puff") | daily_needed(4)),
        ("1-2 tablets 3-4 times a day as needed", dose(1, "tablet", 2) | needed(most=4)),
        ("1 tab q4-6h prn", TAB | range_needed(4, 6)),
        ("1 tab HS PRN insomnia", TAB | at("22:00") | needed(most=1)),
        ("1 tablet every 6 hours as needed for up to 10 days", TAB | every_needed(6) | lasting(10)),
        ("1 tablet as needed, wait at least 6 hours between doses", TAB | needed(6)),
        ("1 tablet no more often than every 4 hours as needed", TAB | needed(4)),
        (
            "1 g up to 3 times a day as needed",
            dose(1, "g") | daily_needed(3) | at_most(3, "dose"),
        ),
    ],
    "daily maximum": [
        (
            "Take 1-2 tabs PO q4-6h PRN pain, max 8 tablets/24h",
            dose(1, "tablet", 2) | range_needed(4, 6, 4) | at_most(8, "tablet"),
        ),
        ("1-2 tabs q6h prn pain (max 6/day)", dose(1, "tablet", 2) | every_needed(6, 3) | at_most(6, "tablet")),
        ("1 tablet q4h prn, max 4 doses per day", TAB | every_needed(4, 4) | at_most(4, "dose")),
        ("1 g every 6 hours as needed, not more than 4 g a day", dose(1, "g") | every_needed(6, 4) | at_most(4, "g")),
        (
            "650 mg every 4-6 hours as needed; maximum 3,250 mg per day",
            dose(650, "mg") | range_needed(4, 6, 5) | at_most(3250, "mg"),
        ),
        ("500 mg q6h prn, do not exceed 3 g daily", dose(500, "mg") | every_needed(6, 6) | at_most(3, "g")),
        ("1 tab bid mdd 2", TAB | daily(2) | at_most(2, "tablet")),
        ("1 gram every 6 hours (max 4 grams daily)", dose(1, "g") | hourly(6) | at_most(4, "g")),
        (
            "1-2 tablets every 4-6 hours, maximum 8 tablets in 24 hours",
            dose(1, "tablet", 2) | hour_range(4, 6) | at_most(8, "tablet"),
        ),
        # the limit cannot be kept by counting doses, or the text breaks its own limit
        ("2 tablets q6h prn, max 3 g a day", dose(2, "tablet") | every_needed(6) | at_most(3, "g") | NO_SCHEDULE),
        ("2 tabs qid, max 6 tablets a day", dose(2, "tablet") | daily(4) | at_most(6, "tablet") | NO_SCHEDULE),
        ("1 tablet up to 4 times a day", TAB | daily(4) | at_most(4, "dose") | NO_SCHEDULE),
        ("not more than 4 g a day", at_most(4, "g")),
    ],
    "taper": [
        (
            "40 mg daily for 5 days, then 20 mg daily for 5 days, then stop",
            taper(step(40, "mg", 1, 5), step(20, "mg", 1, 5), days=10),
        ),
        (
            "Prednisolone 40mg od x 3/7, 30 mg od x 3/7, then stop",
            taper(step(40, "mg", 1, 3), step(30, "mg", 1, 3), days=6),
        ),
        (
            "2 tablets today then 1 daily for 4 days",
            taper(step(2, "tablet", 1, 1), step(1, "tablet", 1, 4), days=5),
        ),
        (
            "azithromycin 500 mg on day 1, then 250 mg once daily on days 2-5",
            taper(step(500, "mg", 1, 1), step(250, "mg", 1, 4), days=5),
        ),
        ("Day 1: 2 tablets, Day 2-5: 1 tablet daily", taper(step(2, "tablet", 1, 1), step(1, "tablet", 1, 4), days=5)),
        ("25 mg daily for 1 week, then increase to 50 mg daily", taper(step(25, "mg", 1, 7), step(50, "mg", 1))),
        ("Week 1: 25 mg daily, week 2: 50 mg daily", taper(step(25, "mg", 1, 7), step(50, "mg", 1, 7), days=14)),
        (
            "40 mg daily for 3 days, 30 mg for 3 days, 20 mg for 3 days",
            taper(step(40, "mg", 1, 3), step(30, "mg", 1, 3), step(20, "mg", 1, 3), days=9),
        ),
        (
            "2 tablets twice daily for 3 days then reduce to 1 tablet twice daily for 3 days",
            taper(step(2, "tablet", 2, 3), step(1, "tablet", 2, 3), days=6, count=2),
        ),
        # steps that no one schedule covers
        (
            "1 tab BID x 7d then QD x 7d",
            uneven_taper(step(1, "tablet", 2, 7), step(1, "tablet", 1, 7), days=14),
        ),
        (
            "60 mg x 3 days, then 40 mg x 3 days",
            uneven_taper(step(60, "mg", None, 3), step(40, "mg", None, 3), days=6),
        ),
        (
            "200 mg stat then 100 mg od for 6 days",
            uneven_taper(step(200, "mg", 1, 1), step(100, "mg", 1, 6), days=7) | {"doses_per_day": 1},
        ),
        (
            "2 tablets on day 1, then 1 tablet daily on days 3-5",
            uneven_taper(step(2, "tablet", 1, 1), step(1, "tablet", 1, 3), days=4) | {"doses_per_day": 1},
        ),
    ],
    "one dose": [
        ("STAT", {"doses_per_day": 1} | lasting(1)),
        ("500 mg stat", dose(500, "mg") | {"doses_per_day": 1} | lasting(1)),
        ("take 2 tablets once", dose(2, "tablet") | {"doses_per_day": 1} | lasting(1)),
        ("150 mg as a single dose", dose(150, "mg") | {"doses_per_day": 1} | lasting(1)),
        ("1 tablet, one dose only", TAB | {"doses_per_day": 1} | lasting(1)),
    ],
    # What could be read is kept; the rest of the text may turn it, so there is no schedule.
    "read but not scheduled": [
        ("1 tablet daily unless dizzy", TAB | daily(1) | NO_SCHEDULE),
        ("1 tablet every night except Sunday", TAB | at("22:00") | NO_SCHEDULE),
        ("1 tablet daily until review", TAB | daily(1) | NO_SCHEDULE),
        ("1 tablet twice daily, increase if tolerated", TAB | daily(2) | NO_SCHEDULE),
        ("1 drop every 2 hours while awake", dose(1, "drop") | hourly(2) | NO_SCHEDULE),
        ("10 mg/kg every 8 hours", hourly(8) | NO_SCHEDULE),
        ("1 tablet twice daily every 8 hours", TAB | daily(2) | {"interval_hours": 8} | NO_SCHEDULE),
        ("1 tablet 2-3 times a day", TAB),
        ("1 tablet once or twice daily", TAB),
        ("1 tablet daily every 6 hours", TAB),
        ("1 tablet daily bid", TAB),
        ("every 100 hours each day", {}),
        ("1-0-1 at noon", dose(1)),
        ("0-0-1 in the morning", dose(1)),
        ("1 tablet weekly for 3 days", TAB | each_days(7) | NO_SCHEDULE),
        ("every Monday for 3 days", on("MO") | NO_SCHEDULE),
        ("1 tablet monthly for 1 week", TAB),
        ("1 patch every 72 hours for 2 days", dose(1, "patch") | hourly(72) | NO_SCHEDULE),
        ("cancel 1 tablet daily", TAB | daily(1) | NO_SCHEDULE),
        ("iv tabs daily", daily(1) | NO_SCHEDULE),
        ("morning sickness", at("08:00") | NO_SCHEDULE),
        ("dose to be confirmed, bd", daily(2) | NO_SCHEDULE),
        ("add 1 tablet every week", TAB | each_days(7) | NO_SCHEDULE),
        ("1 tablet twice a week", TAB | {"doses_per_day": 2 / 7}),
        ("take 1 tablet on Monday", TAB | on("MO") | NO_SCHEDULE),
        ("1 tablet once at bedtime", TAB | at("22:00") | NO_SCHEDULE),
        ("1 tablet twice daily in the evening", TAB),
        ("1 tablet BID TID", TAB),
        ("1 tablet weekly twice daily", TAB),
        ("1 tablet daily for 2-3 weeks", TAB | daily(1) | NO_SCHEDULE),
        ("1 tablet daily for at least 5 days", TAB | daily(1) | NO_SCHEDULE),
        ("1 tablet daily for 0 days", TAB | daily(1) | NO_SCHEDULE),
        ("0 tablets daily", daily(1) | NO_SCHEDULE),
        ("300 tablets daily", daily(1) | NO_SCHEDULE),
        ("1 tablet every 0 hours", TAB),
        ("1 tablet 100 times a day", TAB),
        ("1 tablet every 3 months", TAB),
        ("1 tablet 7 times a day", TAB | {"doses_per_day": 7}),
        ("1 tablet daily for 5 days, then reduce by 1 every 3 days", TAB | daily(1) | lasting(5) | NO_SCHEDULE),
        ("1 tablet daily for 21 days then 7 days off", TAB | daily(1) | lasting(21) | NO_SCHEDULE),
        ("1 tab q6h x 5 days then prn", TAB | hourly(6) | lasting(5) | {"as_needed": True} | NO_SCHEDULE),
        ("Amoxil 500 TDS", daily(3) | NO_SCHEDULE),
        ("2,5 ml bd", daily(2) | NO_SCHEDULE),
        ("1.000 mg daily", daily(1) | NO_SCHEDULE),
        ("two hundred mg daily", daily(1) | NO_SCHEDULE),
        ("1 tab 5/7", TAB),
        ("1 drop OD", dose(1, "drop")),
        ("1 tablet at 25:00", TAB),
        ("10 mg q 6 pm", dose(10, "mg")),
        ("use as needed", {"as_needed": True}),
        ("1 puff twice daily and 2 puffs as needed", {"as_needed": True}),
        ("take with food", WITH),
    ],
}  # fmt: skip

NOTHING = """
use as directed
as directed
Take as directed by your doctor
UAD
as per protocol
as per sliding scale
Warfarin as per INR
see attached sheet
follow instructions on pack
dose varies
titrate to effect
with plenty of water

???
N/A
asdf qwer zxcv
continue as before
stop taking
do not take
1 tablet or 2 capsules daily
take 1-2-3 tablets
1 tablet daily 1 tablet at night
0.125 mg 0.25 mg daily
5 mg Mon, Wed, Fri and 2.5 mg other days
1-2-3-4-5
01-02-2024
0-0-0
5/7
take 5/7
take 2 am
take 1 am and 1 pm
take at 8
q6PM
8am-8pm
between 8 am and 10 am
every few hours
every hours
every days
q h
-1-0-1
2 tab 1-0-1
2 a day
2 tablets a day
2 to 3 capsules per day
every 2 to 3 days
qd-bid
every 200 hours
every other Monday
2,5 ml or 3 ml
-1
twice
x3
if glucose > 200 give 4 units
hold if SBP < 100
100
""".strip("\n").split("\n")  # fmt: skip

ROWS = [(text, Dosage(**fields)) for rows in TABLES.values() for text, fields in rows]


# One test a table, which names every row that fails.


def test_reads_exactly():
    assert {text: parse_dosage(text) for text, expected in ROWS if parse_dosage(text) != expected} == {}


def test_says_nothing_where_nothing_can_be_said():
    assert [text for text in NOTHING if parse_dosage(text) != Dosage()] == []


def test_tables_are_large_and_without_repeats():
    texts = [text for rows in TABLES.values() for text, _ in rows] + NOTHING
    assert len(texts) >= 300
    assert len(set(texts)) == len(texts)


def test_renders_what_it_read():
    assert [text for text, expected in ROWS if parse_dosage(render_dosage(expected)) != expected] == []


# --- the wire form, the words, the clock ----------------------------------------------------------------------------


def test_json_has_the_keys_of_the_api_in_their_order():
    keys = [
        *("doses_per_day", "interval_hours", "interval_hours_max", "duration_days", "as_needed", "food"),
        *("times_of_day", "days_of_week", "dose", "dose_max", "dose_unit", "steps", "schedule", "max_per_day"),
    ]
    assert list(as_json(parse_dosage("1 tablet daily"))) == keys
    assert list(as_json(parse_dosage("use as directed"))) == keys


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("1 tablet BID", {"kind": "WALL_CLOCK", "times": ["08:00", "20:00"], "recurrence": {"every": "DAY"}}),
        (
            "Mon/Fri at 9 pm",
            {
                "kind": "WALL_CLOCK",
                "times": ["21:00"],
                "recurrence": {"every": "WEEKDAYS", "days": ["MONDAY", "FRIDAY"]},
            },
        ),
        ("every 2 days", {"kind": "WALL_CLOCK", "times": ["08:00"], "recurrence": {"every": "N_DAYS", "n": 2}}),
        ("monthly", {"kind": "WALL_CLOCK", "times": ["08:00"], "recurrence": {"every": "MONTH", "day": None}}),
        ("q8h", {"kind": "INTERVAL", "hours": 8}),
        (
            "1 tab q4h prn, max 6 tablets a day",
            {"kind": "AS_NEEDED", "minimum_gap_hours": 4, "maximum_per_day": 6},
        ),
        ("use as directed", None),
    ],
)
def test_json_of_a_schedule_is_tagged(text, schedule):
    assert json.loads(json.dumps(as_json(parse_dosage(text))))["schedule"] == schedule


def test_json_numbers_are_numbers():
    body = as_json(parse_dosage("½-0-1 tablets, max 2 tablets a day"))
    assert [step["dose"] for step in body["steps"]] == [0.5, 1]
    assert body["steps"][1]["times_of_day"] == ["20:00"]
    assert body["max_per_day"] == {"amount": 2, "unit": "tablet"}
    assert as_json(parse_dosage("1.5-2 ml daily"))["dose"] == 1.5


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (
            "1-2 tabs po q4-6h prn, max 8/24h",
            "Take 1 to 2 tablets every 4 to 6 hours, as needed. Maximum 8 tablets in 24 hours.",
        ),
        ("2 puffs bd x5d", "Inhale 2 puffs twice a day, for 5 days."),
        ("500 mg tds pc", "500 mg three times a day at mealtimes, after food."),
        ("1 tab mwf qhs", "Take 1 tablet every Monday, Wednesday and Friday at 22:00."),
        ("1 tab qod", "Take 1 tablet every 2 days."),
        ("2-0-1 tablets", "2 tablets at 08:00 and 1 tablet at 20:00."),
        ("40mg od x5d then 20mg od x5d", "40 mg once a day for 5 days, then 20 mg once a day for 5 days."),
        ("1 supp monthly on the 3rd", "Insert 1 suppository on day 3 of each month."),
        ("2 bd", "2, twice a day."),
        ("1 tablet daily unless dizzy", "Take 1 tablet once a day. See the prescriber's own words."),
        ("use as directed", "See the prescriber's own words."),
    ],
)  # fmt: skip
def test_renders_clear_english(text, english):
    assert render_dosage(parse_dosage(text)) == english


def test_customary_hours_are_the_callers():
    clock_times = {**DEFAULT_CLOCK_TIMES, "2": ("07:00", "19:00"), "NIGHT": ("21:30",), "BREAKFAST": ("06:45",)}
    assert parse_dosage("1 tab bid", clock_times=clock_times).schedule == WallClock(("07:00", "19:00"))
    assert parse_dosage("1 tab qhs", clock_times=clock_times).times_of_day == ("21:30",)
    with_meals = parse_dosage("1 tab bid with meals", clock_times=clock_times)
    assert with_meals.schedule == WallClock(("06:45", "19:00"))
    rendered = render_dosage(with_meals, clock_times=clock_times)
    assert parse_dosage(rendered, clock_times=clock_times) == with_meals


# --- any text -------------------------------------------------------------------------------------------------------

TEXTS = [text for rows in TABLES.values() for text, _ in rows] + NOTHING
WORDS = sorted({word for text in TEXTS for word in text.split()})
clinical_text = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
any_examples = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@any_examples
@given(st.text(max_size=MAX_LENGTH + 20) | clinical_text)
def test_never_raises_and_renders_whatever_it_reads(text):
    dosage = parse_dosage(text)
    json.dumps(as_json(dosage))
    assert parse_dosage(render_dosage(dosage)) == dosage


@any_examples
@given(clinical_text)
def test_what_is_read_is_plausible(text):
    dosage = parse_dosage(text)
    assert dosage.dose is None or dosage.dose > 0
    assert dosage.dose_max is None or dosage.dose_max > dosage.dose
    assert dosage.duration_days is None or dosage.duration_days > 0
    assert list(dosage.times_of_day) == sorted(set(dosage.times_of_day))
    if isinstance(dosage.schedule, WallClock):
        assert dosage.schedule.times
        assert not dosage.as_needed
    if isinstance(dosage.schedule, AsNeeded):
        assert dosage.as_needed


@any_examples
@given(st.sampled_from(["", " ", "as directed", "use as directed", "Take as directed by your doctor"]), st.data())
def test_as_directed_gives_no_schedule_in_any_dress(text, data):
    dressed = data.draw(st.sampled_from([text, text.upper(), f" {text}. ", f"({text})", f"{text}!"]))
    assert parse_dosage(dressed) == Dosage()


TURNING = ["not", "never", "unless", "except", "but", "if", "until", "while", "hold", "omit", "skip", "double"]
TURNING += ["alternate", "sliding", "protocol", "per", "maybe"]

CLEAR = [
    "Take 1 tablet twice daily for 5 days",
    "Metformin 500 mg BD with meals",
    "2 puffs every 4 hours as needed for wheeze",
    "1-0-1 after food x 5 days",
    "Take one tablet of amlodipine every morning for blood pressure",
    "10 units at 7:30 am and 6pm",
    "40 mg daily for 5 days, then 20 mg daily for 5 days",
]


def test_a_word_that_may_turn_the_text_leaves_no_schedule():
    assert [text for text in CLEAR if parse_dosage(text).schedule is None] == []
    scheduled = [
        turned
        for words in map(str.split, CLEAR)
        for word in TURNING
        for place in range(len(words) + 1)
        if parse_dosage(turned := " ".join([*words[:place], word, *words[place:]])).schedule is not None
    ]
    # Beside "as needed" an "if" is but another way to say it; "every alternate morning" is every other morning.
    assert [t for t in scheduled if "as if needed" not in t and "every alternate morning" not in t] == []


@pytest.mark.parametrize(
    "text", ["1 tablet twise daily", "twise daily", "1 tablet for pain twise daily", "1 tablet dialy", "evrey 8 hours"]
)
def test_a_misspelt_word_of_timing_is_not_skipped(text):
    assert parse_dosage(text).schedule is None


ADVERSARIAL = [
    "1 ",
    "1-",
    "a ",
    "the ",
    "for ",
    "then ",
    "mon, ",
    "1/2 ",
    "( ",
    "½",
    ",",
    "every 1 ",
    "up to ",
    "9" * 50,
    "\u0000",
    "~#?",
]


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_the_longest_texts_return(piece):
    parse_dosage((piece * MAX_LENGTH)[:MAX_LENGTH])


def test_a_text_beyond_the_limit_says_nothing():
    text = "1 tablet daily"
    assert parse_dosage(text.ljust(MAX_LENGTH)).schedule is not None
    assert parse_dosage(text.ljust(MAX_LENGTH + 1)) == Dosage()
    assert parse_dosage("1 tablet daily " * 700) == Dosage()
