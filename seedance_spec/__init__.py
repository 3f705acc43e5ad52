"""Shots are code. The flow: spec files → model → content hash → plan → submit → complete → lockfile and clips.

Read `pipeline.py` first: it is the whole program on one screen.
"""

__version__ = "0.1.0"
