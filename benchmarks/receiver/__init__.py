"""The receiver's speed and memory, side by side with the same handler without any disk."""
