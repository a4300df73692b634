#!/bin/sh
# The handler is the only argument. Without a runtime API the emulator makes one.
if [ $# -ne 1 ]; then
  echo "the name of the handler has to be the only argument" >&2
  exit 142
fi
export _HANDLER="$1"
if [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then
  exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
fi
exec /var/runtime/bootstrap
