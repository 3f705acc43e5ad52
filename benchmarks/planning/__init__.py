"""The plan's speed, side by side with ninja, make and octoDNS on as many units."""
