"""Runs the engine in processes that can be ended: past a deadline, or when the client has gone.

Pillow, the codecs' C libraries and ONNX Runtime cannot be interrupted: in a thread, a hostile
picture would run on after its deadline. The standard library's pools do not fit: concurrent.futures
and multiprocessing.Pool end no single worker, and need semaphores in /dev/shm, as pebble does, and
Lambda has none. multiprocessing.Process imports the main program into each worker. POSIX only, as
the server is.
"""
