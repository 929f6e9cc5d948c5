"""Renders and sends the outbox's mails; called by jobs."""
