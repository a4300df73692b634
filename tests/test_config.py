import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from cutout import bootstrap, config, engines
from cutout.config import Settings, available_threads, cache_folder
from cutout.errors import InvalidSetting, ModelsMissing


def test_every_setting_has_a_variable_named_after_it():
    settings = Settings.from_env({"CUTOUT_MAX_PIXELS": "1000", "CUTOUT_MODEL": "u2netp"})

    assert (settings.max_pixels, settings.model) == (1000, "u2netp")


def test_the_error_for_an_invalid_number_names_the_variable():
    for text in ("many", "-1", "1.5", "9" * 5000):
        with pytest.raises(InvalidSetting, match="CUTOUT_MAX_PIXELS has to be a whole number"):
            Settings.from_env({"CUTOUT_MAX_PIXELS": text})


def test_an_absurd_number_of_threads_is_refused():
    with pytest.raises(InvalidSetting, match="CUTOUT_THREADS can be 256 at most"):
        Settings.from_env({"CUTOUT_THREADS": "100000"})


def test_booleans_are_true_and_false_as_in_cloudformation():
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
def test_api_keys_are_required_on_lambda_unless_a_setting_says_otherwise(env, asks):
    assert Settings.from_env(env).ask_for_keys is asks


def test_an_empty_variable_counts_as_unset():
    assert Settings.from_env({"CUTOUT_MODEL": "", "CUTOUT_MAX_PIXELS": ""}).model == "u2net"


def test_a_missing_model_folder_is_an_error(tmp_path):
    with pytest.raises(InvalidSetting, match="there is no folder"):
        engines.engine(Settings(models=str(tmp_path / "nowhere")))


@pytest.mark.parametrize(("memory_mb", "threads"), [(512, 1), (1769, 1), (3537, 1), (3538, 2)])
def test_on_lambda_1769_mb_give_one_thread(memory_mb, threads):
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
def test_a_container_gets_threads_for_its_cpu_quota(monkeypatch, tmp_path, quota, threads):
    monkeypatch.setattr(config, "_affinity", lambda: 4)
    (tmp_path / "cpu.max").write_text(quota)

    assert available_threads({}, tmp_path / "cpu.max") == threads


def test_an_explicit_number_of_threads_is_used():
    assert Settings.from_env({"CUTOUT_THREADS": "7"}).threads == 7


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bucket": "pictures"}, "come together: set CUTOUT_LEDGER_TABLE"),
        ({"job_queue": "https://jobs"}, "CUTOUT_JOB_QUEUE needs tables"),
    ],
)
def test_incomplete_sets_of_stores_are_refused(settings, engine, changes, sentence):
    with pytest.raises(InvalidSetting, match=sentence):
        bootstrap.app(replace(settings, **changes), engine, lambda result: None)


def test_the_cache_folder_belongs_to_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert cache_folder({"XDG_CACHE_HOME": "/elsewhere"}) == Path("/elsewhere/cutout")
    assert cache_folder({}) == tmp_path / ".cache" / "cutout"


def test_without_a_home_the_cache_folder_has_to_be_set(monkeypatch):
    def nobody(uid):
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    with pytest.raises(ModelsMissing, match=r"no home folder .* set XDG_CACHE_HOME"):
        cache_folder({})
