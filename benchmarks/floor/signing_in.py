"""Signing in without a framework: count the attempt, compare, open a session, audit it, sign two tokens."""

import asyncio
import base64
import hashlib
import os
import secrets
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID

import asyncpg
import jwt
import orjson

CONNECTIONS = 8  # As many as there are clients.
OK, UNAUTHORISED = 200, 401
MINUTES, DAYS = 15, 7
_HEADERS = [("content-type", "application/json")]

FIND = "SELECT * FROM accounts_user WHERE username = $1"
# Committed before anything is compared; forgiven together with the session.
COUNT = """
INSERT INTO core_budget (key_hash, window_started_at, spent) VALUES ($1, $2, 1)
ON CONFLICT (key_hash) DO UPDATE SET spent = core_budget.spent + 1, window_started_at = $2
"""
FORGIVE = "DELETE FROM core_budget WHERE key_hash = $1"
OPEN = """
INSERT INTO accounts_session (id, created_at, updated_at, user_id, refresh_id, token_version, last_used_at, expires_at,
                              end_reason, address, network, agent)
VALUES ($1, $2, $2, $3, $4, $5, $2, $6, '', '127.0.0.1', '127.0.0.0/24', 'benchmarks')
"""
AUDIT = """
INSERT INTO core_auditevent (id, at, action, actor_id, subject_type, subject_id, address, agent, trace_id, details)
VALUES ($1, $2, 'signed_in', $3, 'accounts.session', $4, '127.0.0.1', 'benchmarks', '', '{}')
"""


class Floor:
    """A web program that signs in whoever has the password."""

    def __init__(self, told: dict[str, str]) -> None:
        """Take where the database is and which key signs."""
        self._dsn, self._kid, self._key = told["dsn"], told["kid"], base64.b64decode(told["key"])
        self._pool: asyncpg.Pool

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect."""
        loop.run_until_complete(self._connect())

    async def _connect(self) -> None:
        self._pool = await asyncpg.create_pool(self._dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def __rsgi__(self, scope, protocol) -> None:
        """Sign in and answer."""
        given = orjson.loads(await protocol())
        async with self._pool.acquire() as connection:
            body = await self._sign_in(connection, given["identifier"], given["password"])
        if body is None:
            protocol.response_empty(UNAUTHORISED, [])
        else:
            protocol.response_bytes(OK, _HEADERS, orjson.dumps(body, default=str))

    async def _sign_in(self, connection, identifier: str, password: str) -> dict[str, object] | None:
        now = datetime.now(tz=UTC)
        user = await connection.fetchrow(FIND, identifier)
        counter = hashlib.sha256(f"attempt\n{user['id']}@127.0.0.0/24".encode()).digest()
        await connection.execute(COUNT, counter, now)
        _, salt, digest = user["password"].split("$")
        if not secrets.compare_digest(hashlib.md5((salt + password).encode()).hexdigest(), digest):
            return None
        session, refresh = _new_id(), _new_id()
        async with connection.transaction():
            await connection.execute(FORGIVE, counter)
            expires_at = now + timedelta(days=DAYS)
            await connection.execute(OPEN, session, now, user["id"], refresh, user["token_version"], expires_at)
            await connection.execute(AUDIT, _new_id(), now, user["id"], session)
        claims = {"sub": str(user["id"]), "sid": str(session), "ver": user["token_version"]}
        return {
            "access": self._signed({**claims, "jti": str(_new_id()), "token_type": "access"}, MINUTES * 60),
            "refresh": self._signed({**claims, "jti": str(refresh), "token_type": "refresh"}, DAYS * 86_400),
            "user": _shown(user),
        }

    def _signed(self, claims: dict[str, object], seconds: int) -> str:
        now = int(time.time())
        times = {"iat": now, "exp": now + seconds, "iss": "careloop", "aud": "careloop-api"}
        return jwt.encode({**claims, **times}, self._key, algorithm="HS256", headers={"kid": self._kid})


def _new_id() -> UUID:
    """Return a version 7 UUID."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return UUID(int=number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def _shown(user: asyncpg.Record) -> dict[str, object]:
    names = ("id", "username", "email", "role", "first_name", "last_name", "phone")
    return {
        **{name: user[name] for name in names},
        "is_email_verified": user["email_verified_at"] is not None,
        "must_change_password": user["must_change_password"],
        "has_second_factor": False,
    }


app = Floor({name: values[0] for name, values in parse_qs(os.environ["FLOOR"]).items()})
