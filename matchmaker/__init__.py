"""Open event matchmaking for startups and industry."""
