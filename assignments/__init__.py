"""The public half of each assignment: one package each, listed by `grader list`."""
