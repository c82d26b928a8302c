"""Who may do what: users, sessions, tokens, wall displays and the audit of what they did."""
