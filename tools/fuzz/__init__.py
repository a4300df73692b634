"""Coverage-guided fuzzing with atheris (libFuzzer) of everything that reads what clients send."""
