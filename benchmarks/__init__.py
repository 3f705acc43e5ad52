"""What is measured rather than asserted. Nothing here runs in `make test`."""
