"""What the ledger knows, one folder each."""
