"""Transformers as operators: FLOPs, bytes, parameters and what follows from them."""
