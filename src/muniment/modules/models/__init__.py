"""Exact models and their papers."""
