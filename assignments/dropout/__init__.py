"""The public half of `dropout`: inverted dropout."""
