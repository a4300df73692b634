"""Connections of the plain server: how many there may be, and how long each may take.

uvicorn limits idle connections only. This package closes the connection of a client that stalls.
Where there are too many connections, it closes those of the address that has the most of them,
first those that have taken longest.
"""
