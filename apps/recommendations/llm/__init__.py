"""The one door to a language model of the OpenAI shape (Groq, Gemini's compatible endpoint, a local one).

What it promises: an answer of the schema within 25 seconds in all, or None. Two at a time on a machine; after three
failures it rests for half a minute. Nothing is asked inside a transaction. What it answers is data, never instruction:
rules stand above it (`services/wording.py`, `services/drafting.py`).
"""

from .asking import ask, state
from .redaction import redacted

__all__ = ["ask", "redacted", "state"]
