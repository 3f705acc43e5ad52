"""Callbacks: capability URLs (pure) and the receiver. A callback is a poke; nothing here may believe its body."""
