"""Certificates: our own authority, those we show, and connections that are not opened."""
