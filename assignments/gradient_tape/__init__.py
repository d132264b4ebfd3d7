"""The public half of `gradient_tape`: a class that records what is computed and goes back over it."""
