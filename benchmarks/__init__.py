"""How fast the grader is, as ratios of things measured in one run on one machine: `python -m benchmarks [NAME]...`."""
