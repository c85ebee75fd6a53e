"""What a note asks the patient to do, read by the built-in dosage parser. Pure: text in, drafts out.

Decisions:
- A plan is made only of a line that reads as an order: it opens with a word that orders ("take", "measure"), or with
  the name of a medicine and its dose. Whatever else stands there ("her mother takes", "on", "offered", a finding of
  the examination) makes it a report, and no list of such words would ever be complete.
- What forbids, conditions, asks or puts into the past takes back all of its sentence; a heading speaks for the lines
  under it, and only one that asks makes plans of them.
- A medicine or a time that became no plan is neither lost nor turned into something else: the line stands in
  `not_drafted`, for the doctor to look at.
"""

from .reading import Draft, DraftedPlan, draft_from_text

__all__ = ["Draft", "DraftedPlan", "draft_from_text"]
