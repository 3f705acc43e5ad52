"""What you meant: shots, inputs, rules per model, JSON Schema. Only `local_files` may read the disk."""
