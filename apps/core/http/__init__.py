"""The conventions of the API that every door shares: problems, pages, parsers, ETags, idempotency, schema."""
