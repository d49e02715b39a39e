"""Ways to smuggle an identifier out, every one readable by a receiver who knows the trick.

Written from what receivers can read, not from what the gate finds: a technique is here because it works. Each gives
requests and the function that reads the value back out of them; the tests run every one.

`model` has the nouns, `secrets` what is hidden, `carriers` where it stands, `ways` how codings become techniques,
`families` the techniques; `trial` and `wire` try them on an engine and on a running gate, `table` writes what came of
it.
"""
