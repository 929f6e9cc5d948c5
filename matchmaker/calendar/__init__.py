"""iCalendar in and out."""
