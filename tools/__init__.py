"""What people run and Lambda never sees."""
