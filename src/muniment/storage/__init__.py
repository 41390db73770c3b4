"""Durable homes: the LMDB ledger store and published log tiles."""
