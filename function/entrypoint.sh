#!/bin/sh
# One image for two uses. Lambda, and its emulators, start it with the address of the API from which
# a function takes its events; without that nobody but Docker has started it.
set -eu
if [ -n "${AWS_LAMBDA_RUNTIME_API:-}" ]; then
  exec /lambda-entrypoint.sh "$@"
fi
exec python3 -m cutout.server --host 0.0.0.0 --port 5000
