"""The gateway at home. It shares no code with the client: nothing of seedance_spec outside this room may enter."""
