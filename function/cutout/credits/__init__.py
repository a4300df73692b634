"""Accounts, API keys, the ledger, rate limits and the allowance."""
