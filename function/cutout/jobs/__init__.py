"""Jobs: submit, worker and results; uploads, webhooks and retention."""
