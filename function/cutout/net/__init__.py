"""HTTP to public addresses: fetch pictures, post webhooks."""
