"""Manage accounts, API keys, credits and webhook secrets, on the ledger table of a deployment."""
