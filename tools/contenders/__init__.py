"""The tools to compare, each in a process and an environment of its own."""
