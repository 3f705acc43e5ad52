"""What you wrote: find spec files, read YAML that knows where it came from, complain with a picture."""
