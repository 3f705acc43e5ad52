"""How the API speaks: wire values and faults (pure), and the client."""
