"""How dates and times are written for people, by language."""
