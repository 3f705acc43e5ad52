"""What happened, as facts: canonical text and union (pure), and the file. No network may enter."""
