"""Huiying (回应): citizens' requests in, answers out, figures one can prove."""

__version__ = "0.1.0"
