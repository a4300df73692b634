"""Queued pictures: jobs, their worker, uploads and webhooks."""
