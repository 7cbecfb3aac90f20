"""How the installation runs: health, the ledger of jobs, backup, integrity, logs."""
