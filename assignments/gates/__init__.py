"""The public half of `gates`: two small circuits of add, multiply and max gates."""
