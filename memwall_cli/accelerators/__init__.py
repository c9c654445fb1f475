"""Workloads on the accelerators of our tables: rooflines, their history, and the ways out."""
