"""Bodies too long to be held, inspected piece by piece: bytes in, windows out, redacted bytes out. Pure.

`choice` says whether a body can be read so, `windower` cuts it where records end and repeats what a reader of the rest
must know, `codings` undoes and redoes content codings on the way, `since` keeps what rules that count have to know of
the windows before.
"""
