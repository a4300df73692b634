"""The use cases. They know no pixel, no AWS and no HTTP."""
