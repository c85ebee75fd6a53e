"""Made-up names, the same in every run, and the slips of the pen with which people type them."""

from random import Random

from apps.core.testing.proofs import dice

SYLLABLES = (
    "ka",
    "ri",
    "mo",
    "le",
    "na",
    "sha",
    "ben",
    "tor",
    "vi",
    "du",
    "zo",
    "el",
    "ar",
    "in",
    "os",
    "fa",
    "mi",
    "ru",
)


def made_up(count: int, syllables: int) -> list[str]:
    """Return about that many names, the same ones in every run."""
    chance = dice(f"names of {syllables} syllables")
    made = ("".join(chance.choices(SYLLABLES, k=syllables)) for _ in range(4 * count))
    return list(dict.fromkeys(made))[:count]


def slip(word: str, chance: Random) -> str:
    """Return the word with one slip of the pen in it, anywhere."""
    while True:
        place = chance.randrange(len(word) - 1)
        head, pair, tail = word[:place], word[place : place + 2], word[place + 2 :]
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        typed = chance.choice(
            (
                f"{head}{pair[::-1]}{tail}",
                f"{head}{pair[1]}{tail}",
                f"{head}{pair[0]}{letter}{pair[1]}{tail}",
                f"{head}{letter}{pair[1]}{tail}",
            )
        )
        if typed != word:
            return typed


def slip_in_name(first: str, last: str, chance: Random) -> str:
    """Return the whole name with one slip in either of its two words."""
    return " ".join((first, slip(last, chance)) if chance.random() < 0.5 else (slip(first, chance), last))
