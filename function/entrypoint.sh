#!/bin/sh
# One image for two uses. Lambda and its emulators set AWS_LAMBDA_RUNTIME_API, the address from which
# a function takes its events; without that variable the image runs as a plain server.
set -eu
if [ -n "${AWS_LAMBDA_RUNTIME_API:-}" ]; then
  if [ "${CUTOUT_STREAM_RESPONSES:-}" = true ]; then
    exec python3 -u -m cutout.lambdas.api # a runtime by itself, as AWS's cannot stream
  fi
  exec /lambda-entrypoint.sh "$@"
fi
set -- python3 -m cutout.server --host 0.0.0.0 --port 5000
# `docker run` begins as root where it is told nothing else; the server goes on with the numbers of
# Lambda's user, who owns nothing in the image.
if [ "$(id -u)" = 0 ]; then
  exec python3 -c 'import os, sys
os.setgroups([])
os.setgid(990)
os.setuid(993)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
fi
exec "$@"
