"""The doctor's eyes: what is seen of machine, project, gateway and receivers. No verdict, and nothing that lasts."""
