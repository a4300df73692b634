"""Small state machines on the local AWS, in place of the stack's."""

import json
from dataclasses import dataclass
from uuid import uuid4

from tools.local_aws import LocalAws

ASSUMED = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "states.amazonaws.com"},
}


@dataclass(frozen=True)
class StateMachines:
    """Creates state machines that write into one bucket."""

    aws: LocalAws
    bucket: str
    role: str

    @classmethod
    def on(cls, aws):
        name = uuid4().hex
        aws.client("s3").create_bucket(Bucket=name)
        trust = json.dumps({"Version": "2012-10-17", "Statement": [ASSUMED]})
        role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        return cls(aws, name, role["Role"]["Arn"])

    def put(self, key, lines):
        body = "".join(json.dumps(line) + "\n" for line in lines)
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body.encode())
        return f"s3://{self.bucket}/{key}"

    def make(self, states):
        """Create a machine that runs the states in order, and return its ARN."""
        names = list(states)
        chained = {
            name: state if state["Type"] in ("Succeed", "Fail") else {"Next": next, **state}
            for (name, state), next in zip(states.items(), [*names[1:], "Done"], strict=True)
        }
        definition = {"StartAt": names[0], "States": chained | {"Done": {"Type": "Succeed"}}}
        made = self.aws.client("stepfunctions").create_state_machine(
            name=uuid4().hex, definition=json.dumps(definition), roleArn=self.role
        )
        return made["stateMachineArn"]

    def activity(self):
        """Create an activity: a task that the test itself completes. Returns its ARN."""
        name = uuid4().hex
        return self.aws.client("stepfunctions").create_activity(name=name)["activityArn"]

    def complete_later(self, activity):
        """Take the next task of the activity and return a function that completes it."""
        states = self.aws.client("stepfunctions")
        token = states.get_activity_task(activityArn=activity)["taskToken"]
        return lambda: states.send_task_success(taskToken=token, output="{}")

    def fail(self, activity, error, cause):
        states = self.aws.client("stepfunctions")
        token = states.get_activity_task(activityArn=activity)["taskToken"]
        states.send_task_failure(taskToken=token, error=error, cause=cause)

    def executions(self, machine):
        states = self.aws.client("stepfunctions")
        return states.list_executions(stateMachineArn=machine)["executions"]

    def input(self, machine):
        (execution,) = self.executions(machine)
        states = self.aws.client("stepfunctions")
        description = states.describe_execution(executionArn=execution["executionArn"])
        return json.loads(description["input"])


def task(activity):
    return {"Type": "Task", "Resource": activity, "ResultPath": None}


def pictures(count, state=None):
    """Return states that map over so many items, one after another."""
    return {
        "Items": {"Type": "Pass", "Result": list(range(count)), "ResultPath": "$.items"},
        "Pictures": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ResultPath": None,
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Picture",
                "States": {"Picture": {"End": True, **(state or {"Type": "Pass"})}},
            },
        },
    }


def gather(summary):
    """Return a state that copies this summary into the folder of the batch."""
    bucket, _, key = summary.removeprefix("s3://").partition("/")
    return {
        "Gather": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:copyObject",
            "Parameters": {
                "CopySource": f"{bucket}/{key}",
                "Bucket": bucket,
                "Key.$": "States.Format('out/_cutout/{}/summary.json', $$.Execution.Name)",
            },
            "ResultPath": None,
        }
    }
