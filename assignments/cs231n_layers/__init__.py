"""The public half of `cs231n_layers`: the layers of CS231n's second assignment, as its finished files have them."""
