"""Deploy Cutout to an AWS account, or delete it: `make deploy ENV=dev`, `make destroy ENV=dev`."""

import argparse
import signal
import sys

from botocore.exceptions import BotoCoreError, ClientError

from tools.container import base
from tools.container.engine import FOLDER, NoDocker, engine

from . import deployment, stacks
from .plan import Consent
from .stacks import ROOT, DeployError, Environment

BUILT = ROOT / ".aws-sam/build/template.yaml"
IMAGE = "apifunction:latest"  # the name that `sam build` gives it
NO_IMAGE = "there is no image to deploy; run `make build` first"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("environment", choices=stacks.environment_names())
    parser.add_argument("--yes", action="store_true", help="deploy without asking")
    parser.add_argument("--destroy", action="store_true", help="delete the environment's stacks")
    arguments = parser.parse_args()
    target = "destroy" if arguments.destroy else "deploy"
    try:
        environment = stacks.open_environment(arguments.environment)
        account = environment.session.client("sts").get_caller_identity()["Account"]
        region = environment.session.region_name
        print(f"{environment.service}: account {account}, {region}", flush=True)
        if arguments.destroy:
            destroy(environment)
        elif not BUILT.exists():
            raise DeployError(NO_IMAGE)
        else:
            with engine():  # SAM pushes the image through Docker
                refuse_standin(IMAGE)
                consent = Consent(is_given=arguments.yes)
                print(deployment.deploy(environment, BUILT, consent))
    except (DeployError, NoDocker, BotoCoreError, ClientError) as error:
        print(f"make {target}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {target}: stopped; CloudFormation finishes what it began", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def refuse_standin(image: str) -> None:
    if not base.is_there(image):
        raise DeployError(NO_IMAGE)
    if base.is_standin(image):
        raise DeployError(
            f"{image} is built on a stand-in for {base.BASE}. Where that can be pulled, remove "
            f"{FOLDER} and run `make build` again"
        )


def destroy(environment: Environment) -> None:
    """Delete the environment's stacks, after its name was typed on standard input."""
    names = stacks.existing(environment)
    firewall = [environment.firewall] * stacks.exists(
        environment.at_the_edge(), environment.firewall
    )
    if not names + firewall:
        print(f"{environment.service}: there is nothing to destroy")
        return
    print(
        f"This deletes {', '.join(names + firewall)}, and what their buckets and repositories hold."
    )
    print(f"Type {environment.name} to go on: ", end="", flush=True)
    if sys.stdin.readline().strip() != environment.name:
        raise DeployError("that was not the environment's name; nothing is deleted")
    for name in names:
        kept = stacks.empty_buckets(environment.session, name)
        stacks.sam(environment, "delete", name, "--no-prompts")
        for resource in kept:
            print(f"{name}: {resource} is kept, as its template says", flush=True)
    deployment.delete_firewall(environment)


if __name__ == "__main__":
    sys.exit(main())
