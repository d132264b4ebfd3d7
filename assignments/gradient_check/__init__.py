"""The public half of `gradient_check`: numerical gradients, and how far two gradients are apart."""
