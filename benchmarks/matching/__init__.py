"""How well matching ranks what both sides would want, and how fast: see README.md."""
