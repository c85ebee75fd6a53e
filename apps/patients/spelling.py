"""How a name may have been meant: what was typed, and each way it reads with two neighbouring letters swapped."""

LONGEST = 60


def spellings(typed: str) -> list[str]:
    """Return what was typed first, then it with each pair of neighbouring letters swapped, no spelling twice.

    A swap changes three of a short name's five or six trigrams, more than the similarity of trigrams forgives;
    a letter missing, added or wrong changes fewer.
    """
    name = " ".join(typed.split())[:LONGEST]
    swapped = (
        f"{name[:place]}{name[place + 1]}{name[place]}{name[place + 2 :]}"
        for place in range(len(name) - 1)
        if name[place].isalpha() and name[place + 1].isalpha()
    )
    return list(dict.fromkeys((name, *swapped)))
