"""How soon after a save a watch has its request at the gateway's door."""
