"""The public half of `conv1d`: a convolution over time."""
