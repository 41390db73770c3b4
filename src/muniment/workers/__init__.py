"""AI beside the ledger; signed results only."""
