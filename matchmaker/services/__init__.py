"""One verb function per use case: (session, *, ..., now); they flush and never commit."""
