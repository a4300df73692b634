"""What `cutout` does: one photo, or a batch of them. Each command gives its exit code."""
