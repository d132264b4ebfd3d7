"""Is an assignment itself sound? What `grader validate` looks at, one concern a file.

- `ground.py`: an assignment with its solution, its stub and its zoo, prepared for many seeds
- `reference.py`: the reference against numerical differentiation and its worked examples
- `zoo.py`: the stub, the right solutions, the known mistakes, the expected verdicts
- `mutate.py`: systematic mutants of a source file; `mutants.py`: which of them the checks catch
- `equivalence.py`: whether a mutant that no check catches computes the same after all
- `asking.py`: one file, asked for many seeds in one box; `finding.py`: what is found; `table.py`: how it is shown
"""
