"""Watching: saves become looks, looks become renderings, within what was agreed to. Nothing here may print."""
