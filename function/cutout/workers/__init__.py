"""Runs the engine in processes that can be ended: past a deadline, or when the client has gone.

Pillow, the codecs' C libraries and ONNX Runtime cannot be interrupted, so that a hostile picture in
a thread runs on. The standard library's pools do not fit: concurrent.futures and
multiprocessing.Pool end no single worker, and these, like pebble, need semaphores in /dev/shm, and
Lambda has none. multiprocessing.Process imports the main program into each worker. POSIX only, as
the server is.
"""
