"""What a CI system is told: annotations, outputs, results as Markdown. Pure: nothing here writes a file or a stream."""
