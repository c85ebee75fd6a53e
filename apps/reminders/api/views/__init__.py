"""The doors of plans, tasks, doses and adherence, by subject."""
