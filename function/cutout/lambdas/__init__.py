"""Entry points of the Lambda functions, one a module."""
