import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from cutout import bootstrap, config
from cutout.config import Settings, available_threads, cache_folder
from cutout.errors import InvalidSetting, ModelsMissing


def test_every_setting_has_a_variable_named_after_it():
    settings = Settings.from_env({"CUTOUT_MAX_PIXELS": "1000", "CUTOUT_MODEL": "u2netp"})

    assert (settings.max_pixels, settings.model) == (1000, "u2netp")


def test_a_number_that_is_none_is_told_with_its_variable():
    for text in ("many", "-1", "1.5", "9" * 5000):
        with pytest.raises(InvalidSetting, match="CUTOUT_MAX_PIXELS has to be a whole number"):
            Settings.from_env({"CUTOUT_MAX_PIXELS": text})


def test_more_threads_than_any_machine_has_are_refused():
    with pytest.raises(InvalidSetting, match="CUTOUT_THREADS can be 256 at most"):
        Settings.from_env({"CUTOUT_THREADS": "100000"})


def test_yes_and_no_are_true_and_false_as_cloudformation_writes_them():
    for text, value in (("true", True), ("false", False)):
        assert Settings.from_env({"CUTOUT_OPEN_REMBG_DOOR": text}).open_rembg_door is value
    for text in ("True", "1", "yes", "perhaps"):
        with pytest.raises(InvalidSetting, match="OPEN_REMBG_DOOR has to be true or false"):
            Settings.from_env({"CUTOUT_OPEN_REMBG_DOOR": text})


@pytest.mark.parametrize(
    ("env", "asks"),
    [
        ({}, False),
        ({"AWS_LAMBDA_FUNCTION_NAME": "api"}, True),
        ({"AWS_LAMBDA_FUNCTION_NAME": "api", "CUTOUT_ASK_FOR_KEYS": ""}, True),
        ({"AWS_LAMBDA_FUNCTION_NAME": "api", "CUTOUT_ASK_FOR_KEYS": "false"}, False),
        ({"CUTOUT_ASK_FOR_KEYS": "true"}, True),
    ],
)
def test_keys_are_asked_for_on_lambda_unless_it_is_told_not_to(env, asks):
    assert Settings.from_env(env).ask_for_keys is asks


def test_an_empty_variable_is_not_given():
    assert Settings.from_env({"CUTOUT_MODEL": "", "CUTOUT_MAX_PIXELS": ""}).model == "u2net"


def test_a_folder_of_models_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidSetting, match="there is no folder"):
        bootstrap.engine(Settings(models=str(tmp_path / "nowhere")))


@pytest.mark.parametrize(("memory_mb", "threads"), [(512, 1), (1769, 1), (3537, 1), (3538, 2)])
def test_lambda_pays_for_a_thread_with_1769_mb(memory_mb, threads):
    env = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb)}

    assert Settings.from_env(env).threads == threads


@pytest.mark.parametrize(
    ("quota", "threads"),
    [
        ("50000 100000", 1),
        ("100000 100000", 1),
        ("200000 100000", 2),
        ("350000 100000", 3),
        ("900000 100000", 4),
        ("max 100000", 4),
    ],
)
def test_a_container_gets_its_quota_of_the_four_processors(monkeypatch, tmp_path, quota, threads):
    monkeypatch.setattr(config, "_affinity", lambda: 4)
    (tmp_path / "cpu.max").write_text(quota)

    assert available_threads({}, tmp_path / "cpu.max") == threads


def test_threads_that_were_asked_for_are_not_counted():
    assert Settings.from_env({"CUTOUT_THREADS": "7"}).threads == 7


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bucket": "pictures"}, "come together: set CUTOUT_LEDGER_TABLE"),
        ({"job_queue": "https://jobs"}, "CUTOUT_JOB_QUEUE needs tables"),
    ],
)
def test_stores_that_need_others_are_not_taken_alone(settings, engine, changes, sentence):
    with pytest.raises(InvalidSetting, match=sentence):
        bootstrap.app(replace(settings, **changes), engine, lambda result: None)


def test_the_cache_is_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert cache_folder({"XDG_CACHE_HOME": "/elsewhere"}) == Path("/elsewhere/cutout")
    assert cache_folder({}) == tmp_path / ".cache" / "cutout"


def test_without_a_home_the_cache_has_to_be_named(monkeypatch):
    def nobody(uid):
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    with pytest.raises(ModelsMissing, match=r"no home folder .* set XDG_CACHE_HOME"):
        cache_folder({})
