"""Readings and everything that follows from them alone: latest values, rollups, energy, quality."""
