"""Whole rounds as organisers run them: import, score, schedule, publish."""
