"""Checking in without a framework: lock plan and dose, look at what the rule asks, answer, audit; one transaction."""

import os
import pickle
import secrets
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import jwt
import orjson

CONNECTIONS = 8  # As many as there are clients.
OK, UNAUTHORISED, CONFLICT = 200, 401, 409
EARLIEST, GAP = timedelta(hours=1), timedelta(hours=6)
_HEADERS = [("content-type", "application/json")]

# The plan before the dose, and what is asked of both under the locks: who may, whether the plan goes on.
LOCK_PLAN = """
SELECT plan.id, plan.patient_id, plan.time_zone, plan.state, plan.generation, plan.relationship_id
FROM reminders_actionplan plan
WHERE plan.id = (SELECT plan_id FROM reminders_dose WHERE id = $1) AND EXISTS (
    SELECT FROM patients_management management
    WHERE management.patient_id = plan.patient_id AND management.user_id = $2 AND management.ended_at IS NULL
)
FOR UPDATE
"""
LOCK_DOSE = """
SELECT dose.*, care.id IS NOT NULL AS is_current FROM reminders_dose dose
LEFT JOIN patients_carerelationship care ON care.id = $2 AND care.generation = $3 AND care.ended_at IS NULL
    AND (care.ends_at IS NULL OR care.ends_at > $4)
WHERE dose.id = $1 FOR UPDATE OF dose
"""
FOLLOWING = """
SELECT due_at FROM reminders_dose WHERE plan_id = $1 AND number > $2 AND state IN ('SCHEDULED', 'DUE')
ORDER BY number LIMIT 10
"""
TAKE = """
UPDATE reminders_dose SET state = 'TAKEN', taken_at = $2, answered_at = $2, answered_by_id = $3,
    next_reminder_at = NULL, updated_at = $2
WHERE id = $1
"""
AUDIT = """
INSERT INTO core_auditevent
    (id, at, action, actor_id, concerns_id, subject_type, subject_id, address, agent, trace_id, details)
VALUES ($1, $2, 'dose_checked_in', $3, $4, 'reminders.dose', $5, '127.0.0.1', 'benchmarks', '',
    '{"outcome": "TAKEN", "was_missed": false}')
"""


class Floor:
    """A web program that checks doses in."""

    def __init__(self, cookbook) -> None:
        """Take where the database is and which key signs."""
        self._cookbook = cookbook
        self._pool: asyncpg.Pool

    def __rsgi_init__(self, loop) -> None:
        """Connect."""
        loop.run_until_complete(self._connect())

    async def _connect(self) -> None:
        self._pool = await asyncpg.create_pool(self._cookbook.dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def __rsgi__(self, scope, protocol) -> None:
        """Check the token, check in, answer."""
        orjson.loads(await protocol())
        user = self._signed_in(scope.headers.get("authorization", ""))
        if user is None:
            protocol.response_empty(UNAUTHORISED, [])
            return
        async with self._pool.acquire() as connection, connection.transaction():
            shown = await self._check_in(connection, user, UUID(scope.path.split("/")[4]))
        if shown is None:
            protocol.response_empty(CONFLICT, [])
        else:
            protocol.response_bytes(OK, _HEADERS, orjson.dumps(shown, default=str, option=orjson.OPT_UTC_Z))

    def _signed_in(self, header: str) -> UUID | None:
        book, token = self._cookbook, header.removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, book.key, algorithms=["HS256"], audience=book.audience, issuer=book.issuer)
        except jwt.PyJWTError:
            return None
        return UUID(claims["sub"])

    async def _check_in(self, connection, user: UUID, dose_id: UUID) -> dict[str, object] | None:
        now = datetime.now(tz=UTC)
        plan = await connection.fetchrow(LOCK_PLAN, dose_id, user)
        if plan is None or plan["state"] != "ACTIVE":
            return None
        dose = await connection.fetchrow(LOCK_DOSE, dose_id, plan["relationship_id"], plan["generation"], now)
        is_in_time = dose["due_at"] - EARLIEST <= now < dose["misses_at"]
        if not dose["is_current"] or dose["state"] not in {"SCHEDULED", "DUE"} or not is_in_time:
            return None
        await connection.execute(TAKE, dose_id, now, user)
        following = await connection.fetch(FOLLOWING, plan["id"], dose["number"])
        if not following or following[0]["due_at"] < now + GAP:
            return None  # The next dose would have to move, or the plan would be complete: not laid out here.
        await connection.execute(AUDIT, _new_id(), now, user, plan["patient_id"], dose_id)
        return _shown(dose, plan, self._cookbook.action, now)


def _new_id() -> UUID:
    """Return a version 7 UUID."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return UUID(int=number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def _shown(dose, plan, action: str, now: datetime) -> dict[str, object]:
    return {
        "id": dose["id"],
        "plan": plan["id"],
        "patient": plan["patient_id"],
        "number": dose["number"],
        "state": "TAKEN",
        "action": action,
        "due_at": dose["due_at"],
        "local_date": dose["local_date"],
        "time_zone": plan["time_zone"],
        "misses_at": dose["misses_at"],
        "postponed_from": dose["postponed_from"],
        "next_reminder_at": None,
        "reminders_sent": dose["reminders_sent"],
        "makes_up_for": dose["makes_up_for_id"],
        "taken_at": now,
        "skip_reason": "",
    }


app = Floor(pickle.loads(Path(os.environ["FLOOR_COOKBOOK"]).read_bytes()))
