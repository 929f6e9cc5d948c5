"""The demonstration: real organisations described from public facts, with illustrative offers and needs."""
