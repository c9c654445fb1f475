"""What is measured on this very machine: its ceilings, and models run against them.

An experiment is a module here with `measure(job)`, a generator of rows and lines of progress that
runs in a process of its own (`job.JOBS`), and a module of `answers/` with `KEYS` and
`shown_result(rows)` (`answers.stored.ANSWERS`), so that a run can be stored, shown again and
compared (`compare.COMPARABLE`). A row has numbers but in the columns that `run.TEXT` names, and
ends with the machine.
"""
