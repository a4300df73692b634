"""Serve the API without AWS and without the page: `python -m cutout.server`, or `cutout serve`."""

from cutout.cli import serve

PROGRAM = "python -m cutout.server"


def main() -> int:
    return serve.start(serve.parser(PROGRAM).parse_args(), PROGRAM)


if __name__ == "__main__":
    serve.leave(main())
