"""Answering: the three texts, contact with the citizen, checks, review, release."""
