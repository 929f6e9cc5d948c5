"""The `matchmaker` command's parts, one noun per file; cli.py puts them together."""
