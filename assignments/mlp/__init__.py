"""The public half of `mlp`: layers of sigmoid units with a squared error."""
