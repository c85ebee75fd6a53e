"""How much is laid out and how often it is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One run's amounts. A fifth of the appointments is in the hospital that is asked for its list."""

    hospitals: int
    doctors: int
    patients: int
    appointments: int
    few_appointments: int = 0  # The list is measured here too, to see how its cost grows; 0: it is not.
    deep_page: int = 2_000  # Or the last full one, where there are fewer.
    doses: int
    many_doses: int = 0  # Dispatched once, to see whether the rate holds; 0: they are not.
    listed: int  # Doctors in the directory, and hospitals that lie somewhere, besides those above.
    few_listed: int = 0  # Searched first, to see how the cost grows; 0: they are not.
    slips: int = 1_000  # Misspelt names that are looked for.
    people: int  # Who can be searched by name, besides the patients above; a hospital knows 10,000 of them at most.
    few_people: int = 0  # Searched first, to see how the cost grows; 0: they are not.
    rounds: int
    work_ms: float  # CPU time each side of the list gets in a round: the kernel counts in steps of 10 ms.
    fewest_requests: int = 20  # Of each side in a round, however long they take.
    lasting: int  # Requests, and doses, after which the memory of workers is looked at.
    warm_up: int = 200  # Requests: connections, prepared statements, caches, and Python's own specialising.


# The harness itself works; its figures mean nothing.
TINY = Size(
    hospitals=2,
    doctors=5,
    patients=50,
    appointments=1_000,
    deep_page=2,
    doses=200,
    listed=500,
    slips=20,
    people=1_000,
    rounds=1,
    work_ms=20,
    fewest_requests=4,
    lasting=100,
    warm_up=4,
)
SMALL = Size(
    hospitals=5,
    doctors=50,
    patients=2_000,
    appointments=20_000,
    doses=20_000,
    many_doses=100_000,
    listed=20_000,
    few_listed=1_000,
    people=50_000,
    few_people=10_000,
    rounds=5,
    work_ms=800,
    lasting=5_000,
)
FULL = Size(
    hospitals=50,
    doctors=500,
    patients=20_000,
    few_appointments=10_000,
    appointments=1_000_000,
    doses=20_000,
    many_doses=1_000_000,
    listed=100_000,
    few_listed=1_000,
    people=1_000_000,
    few_people=10_000,
    rounds=5,
    work_ms=1_000,
    lasting=100_000,
)
