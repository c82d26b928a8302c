"""Fail-safe drills: a fault put on purpose, and a report of what the protection made of it."""
