"""What holds for all tests."""

from hypothesis import settings

# how long an example takes is the machine's business, and that of `make bench`
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
