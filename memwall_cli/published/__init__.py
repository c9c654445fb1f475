"""Published numbers beside ours: the cases, and the functions that reproduce them."""
