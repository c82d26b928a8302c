"""Room climate: which band holds when, what would be done about it and why, and who does it."""
