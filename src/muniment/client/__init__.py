"""The SDK: wallets, ledgers, proofs."""
