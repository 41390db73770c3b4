"""Muniment: a ledger for data, AI models and the decisions AI makes with them."""

__version__ = "0.1.0"
