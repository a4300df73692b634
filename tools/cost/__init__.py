"""A model of what pictures cost on AWS: `make cost` prints its tables."""
