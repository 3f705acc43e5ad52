"""Speaks to a standing receiver: asks for events and claims, reports outcomes, probes. It decides nothing."""
