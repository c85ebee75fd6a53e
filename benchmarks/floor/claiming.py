"""The least a crash-safe claim can cost: lease a batch, commit, mark it done, commit. Nobody is told anything."""

from datetime import datetime, timedelta

import psycopg

LEASE = timedelta(minutes=5)
NEXT_REMINDER = timedelta(hours=1)

# A lease that runs out makes the row due again: a kill between the two commits loses nothing.
TAKE = """
UPDATE reminders_dose AS dose SET state = 'DUE', next_reminder_at = %(leased_until)s, updated_at = %(now)s
FROM (
    SELECT id FROM reminders_dose
    WHERE state IN ('SCHEDULED', 'DUE') AND next_reminder_at <= %(now)s
    ORDER BY next_reminder_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS due
WHERE dose.id = due.id
RETURNING dose.id
"""
FINISH = """
UPDATE reminders_dose SET reminders_sent = reminders_sent + 1, next_reminder_at = %(next)s, updated_at = %(now)s
WHERE id = ANY(%(taken)s) AND next_reminder_at = %(leased_until)s
"""


def claim_all(connection: psycopg.Connection, *, now: datetime, batch: int) -> int:
    """Claim and finish every due dose in batches, and return how many; the connection commits each statement."""
    connection.execute("SET enable_seqscan = off")  # As the service: a batch by its ids, not by reading all doses.
    total = 0
    while True:
        leased_until = now + LEASE
        rows = connection.execute(TAKE, {"now": now, "leased_until": leased_until, "limit": batch}).fetchall()
        taken = [row[0] for row in rows]
        if taken:
            facts = {"now": now, "next": now + NEXT_REMINDER, "taken": taken, "leased_until": leased_until}
            connection.execute(FINISH, facts)
        total += len(taken)
        if len(taken) < batch:
            return total
