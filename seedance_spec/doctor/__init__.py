"""Is all that a render needs in place? Findings as values, judged from what was seen. It mends and pays nothing."""
