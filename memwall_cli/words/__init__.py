"""What tables and pictures say alike: names, choices of rows, and sentences that both need."""
