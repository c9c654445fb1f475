"""From a request to its answer: one file per question."""
