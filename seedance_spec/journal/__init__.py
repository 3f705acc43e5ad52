"""The crash-safe local record: claims, marks and the inbox, behind a small protocol. No network may enter."""
