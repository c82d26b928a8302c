"""Calls that act happen once per key, however often they are sent."""
