"""What is measured on this very machine: its ceilings, and models run against them."""
