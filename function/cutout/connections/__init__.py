"""Connections of the plain server: how many there may be, and how long each may take.

uvicorn limits idle connections alone. Here a client that stalls is cut off, and where there are too
many connections, those of the address that has most of them give way, the longest first.
"""
