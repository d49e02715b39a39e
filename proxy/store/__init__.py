"""The only code that keeps things: the audit trail and the counters.

`audit` writes the lines, `metrics` holds the counters, `recorder` feeds both for a worker, `board` sums them up for
the supervisor.
"""
