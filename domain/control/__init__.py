"""The one way to act on the building: devices, intents, commands that tell the truth."""
