"""A clock of 24 hours, the day before the month's name, and never a time without its zone: hospitals act on these."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i T"
