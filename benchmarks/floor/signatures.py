"""Whether a token is good, as a program checks it that keeps no sessions."""

import jwt

from benchmarks.floor.recipes import Cookbook, SlotsCookbook


def is_signed(header: str, cookbook: Cookbook | SlotsCookbook) -> bool:
    """Tell whether the header carries a token that is signed, not expired and made for this API."""
    token = header.removeprefix("Bearer ")
    try:
        jwt.decode(token, cookbook.key, algorithms=["HS256"], audience=cookbook.audience, issuer=cookbook.issuer)
    except jwt.PyJWTError:
        return False
    return True
