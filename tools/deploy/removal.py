"""A stack goes with what is in it: CloudFormation deletes no bucket or repository that is full."""

import re
from contextlib import suppress
from typing import Any

from . import stacks


def stacks_of(formation: Any, service: str) -> list[str]:
    """Those that exist, in the order in which they can go."""
    names = [f"{service}-operations", f"{service}-site", service]
    return [name for name in names if stacks.exists(formation, name)] + _companions(
        formation, service
    )


def _companions(formation: Any, service: str) -> list[str]:
    """SAM's own stack beside the service's, with the repository of its image."""
    name = re.compile(rf"{re.escape(service)}-[0-9a-f]{{8}}-CompanionStack")
    pages = formation.get_paginator("describe_stacks").paginate()
    found = [stack["StackName"] for page in pages for stack in page["Stacks"]]
    return [stack for stack in found if name.fullmatch(stack)]


def remove(session: Any, name: str) -> list[str]:
    """What the template says is to be kept, and what is in that is not touched."""
    formation = session.client("cloudformation")
    s3, ecr = session.resource("s3"), session.client("ecr")
    # What is no longer there was deleted by hand, or by a run that was cut short.
    for kind, resource in stacks.doomed(formation, name):
        if kind == "AWS::S3::Bucket":
            with suppress(s3.meta.client.exceptions.NoSuchBucket):
                s3.Bucket(resource).object_versions.delete()
        if kind == "AWS::ECR::Repository":
            with suppress(ecr.exceptions.RepositoryNotFoundException):
                ecr.delete_repository(repositoryName=resource, force=True)
    return stacks.delete(formation, name)
