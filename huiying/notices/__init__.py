"""Telling people: in the house, by e-mail and by webhook, and never silently lost."""
