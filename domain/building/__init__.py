"""Rooms, sensors, comfort and the building's energy balance."""
