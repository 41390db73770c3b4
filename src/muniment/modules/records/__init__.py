"""Commitments to data: anchored, derived from one another, amended and withdrawn, provable for ever."""
