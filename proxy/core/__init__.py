"""The core: pure functions from bytes to verdicts. No IO, clock, logging or globals in here."""
