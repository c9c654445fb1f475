"""One short file per command: parse, call, hand a table over."""
