"""Tools for developers and operators, which are not part of the Lambda image."""
