"""Other ways than least squares over all points to tell a growth rate, one file each.

Plain arrays in, a `Growth` with its interval out. Each says what its interval assumes; how often
it holds in worlds where that is true, and where it is not, stands in docs/calibration.md.
"""
