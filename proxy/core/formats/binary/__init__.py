"""Binary serialisations, read without a schema: what is in them is handed out as text with named places.

All of it runs in the worker: own code, one pass, no recursion, nothing allocated on the word of a length.
"""
