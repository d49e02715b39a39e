"""What personal and important data looks like: values that say how something is written, what proves it, which words
support it and where that is laid down. One scanner reads them all in one pass (`scan`); `registry` lists them.
Nothing here does IO, and nothing here knows what an HTTP message is.
"""
