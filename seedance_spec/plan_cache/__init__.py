"""A plan that found nothing to do, remembered with how everything looked that it read. Never trusted over the files."""
