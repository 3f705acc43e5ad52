"""The life of a paid attempt: the table (pure), the schedule (pure), and the conductor that performs effects."""
