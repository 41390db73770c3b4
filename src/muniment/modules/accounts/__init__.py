"""Who may sign for whom: self-certifying accounts, their keys, and the admins of a closed ledger."""
