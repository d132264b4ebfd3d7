"""The public half of `gradient_checking_network`: a backward pass, and the check that finds its faults."""
