"""How a filled database is migrated while the version before serves requests."""
