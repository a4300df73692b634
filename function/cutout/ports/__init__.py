"""The protocols that credits, jobs and batch stand on."""
