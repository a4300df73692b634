"""infra/batch.asl.yaml, with the parts that the local AWS ignores."""

import re

import pytest

from cutout.batch import crashes, request
from cutout.credits import ledger
from tests import state_machine
from tests.template.templates import SERVICE

PARAMETERS = SERVICE.written["Parameters"]
MACHINE = SERVICE.written["Resources"]["BatchStateMachine"]["Properties"]
NAMES = set(MACHINE["DefinitionSubstitutions"])
PRESENT = {
    name: str(PARAMETERS.get(name, {}).get("Default", f"arn:aws:lambda:{name}"))
    for name in NAMES - {"Partition"}
}
WHOLE = state_machine.definition(PRESENT | {"Partition": "aws"})
PICTURES = WHOLE["States"]["Pictures"]
CUT_OUT = PICTURES["ItemProcessor"]["States"]["CutOut"]


def test_the_template_substitutes_every_name_and_no_other():
    assert set(re.findall(r"\$\{(\w+)\}", state_machine.FILE.read_text())) == NAMES


def test_a_worker_gets_as_many_pictures_as_the_parameter_says():
    assert PICTURES["ItemBatcher"]["MaxItemsPerBatch"] == PARAMETERS["BatchItems"]["Default"]
    assert PICTURES["ItemBatcher"]["BatchInput"] == {"id.$": "$.id", "order.$": "$.order"}
    assert CUT_OUT["Parameters"]["Items.$"] == "$.Items"  # as a batcher calls them


def test_a_workers_event_is_under_256_kb():
    order_bytes = 4 * request.MOST_CHARACTERS  # in UTF-8; the rest of the event is small
    assert PICTURES["ItemBatcher"]["MaxInputBytesPerBatch"] + order_bytes < 250_000


def test_concurrency_is_bounded_and_so_is_the_bill():
    assert PICTURES["MaxConcurrency"] == PARAMETERS["BatchConcurrency"]["Default"] > 0
    assert PARAMETERS["BatchConcurrency"]["MinValue"] > 0  # 0 would be no limit


def test_the_emulators_definition_differs_in_one_item_a_batch_alone():
    single = state_machine.of_single_items(WHOLE)["States"]

    assert single["Pictures"].pop("ItemSelector") == {
        "Items.$": "States.Array($$.Map.Item.Value)",
        "BatchInput": PICTURES["ItemBatcher"]["BatchInput"],
    }
    expected = dict(PICTURES)
    del expected["ItemBatcher"]
    assert single == WHOLE["States"] | {"Pictures": expected}


def test_a_single_missing_outcome_fails_the_batch():
    assert not [name for name in PICTURES if name.startswith("Tolerated")]


def test_results_of_the_children_go_to_a_file_as_together_they_are_too_long():
    assert PICTURES["ResultPath"] is None
    assert PICTURES["ResultWriter"]["Parameters"]["Prefix.$"] == "$.map"


def test_retries_suffice_where_every_picture_kills_its_worker():
    everything = CUT_OUT["Retry"][-1]

    assert everything["ErrorEquals"] == ["States.ALL"]
    assert (
        everything["MaxAttempts"] >= crashes.MOST_CRASHES * PARAMETERS["BatchItems"]["MaxValue"] + 1
    )


def test_permanent_errors_are_not_retried():
    never = CUT_OUT["Retry"][0]

    assert never["MaxAttempts"] == 0
    assert "RefusedByAws" in never["ErrorEquals"]


def test_a_reservation_outlives_the_processing_of_its_picture():
    worker = SERVICE.resources_of_type("AWS::Lambda::Function")["BatchWorkerFunction"]

    deadline_s = worker["Environment"]["Variables"]["CUTOUT_DEADLINE_S"]
    assert deadline_s + 20 < ledger.ABANDONED_AFTER_S  # of encoding and storing the result


@pytest.mark.parametrize("name", ["Plan", "Gather"])
def test_plan_and_gather_retry_passing_errors_longer_than_others(name):
    timeout, passing, everything = WHOLE["States"][name]["Retry"]

    assert (timeout["ErrorEquals"], timeout["MaxAttempts"]) == (["Sandbox.Timedout"], 0)
    assert passing["ErrorEquals"] == CUT_OUT["Retry"][1]["ErrorEquals"]
    assert passing["MaxAttempts"] > everything["MaxAttempts"]
    assert everything["ErrorEquals"] == ["States.ALL"]


def test_batches_are_deployed_only_with_their_buckets():
    batch = {
        name: resource.get("Condition")
        for name, resource in SERVICE.written["Resources"].items()
        if name.startswith("Batch")
    }

    assert len(batch) == 9
    assert set(batch.values()) == {"HasBatches"}
    assert PARAMETERS["BatchSource"]["Default"] == PARAMETERS["BatchTarget"]["Default"] == ""
