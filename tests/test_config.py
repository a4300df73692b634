import pytest

from cutout.config import Settings, available_threads


def test_every_setting_has_a_variable_named_after_it():
    settings = Settings.from_env({"CUTOUT_MAX_PIXELS": "1000", "CUTOUT_MODEL": "u2netp"})

    assert (settings.max_pixels, settings.model) == (1000, "u2netp")


def test_a_number_that_is_none_is_told_with_its_variable():
    with pytest.raises(ValueError, match="CUTOUT_MAX_PIXELS has to be a whole number"):
        Settings.from_env({"CUTOUT_MAX_PIXELS": "many"})


@pytest.mark.parametrize(("memory_mb", "threads"), [(512, 1), (1769, 1), (3537, 1), (3538, 2)])
def test_lambda_pays_for_a_thread_with_1769_mb(memory_mb, threads):
    env = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb)}

    assert Settings.from_env(env).threads == threads


@pytest.mark.parametrize(("quota", "threads"), [("50000 100000", 1), ("100000 100000", 1)])
def test_a_container_gets_its_quota(tmp_path, quota, threads):
    (tmp_path / "cpu.max").write_text(quota)

    assert available_threads({}, tmp_path / "cpu.max") == threads


def test_no_quota_is_the_affinity(tmp_path):
    (tmp_path / "cpu.max").write_text("max 100000")

    assert available_threads({}, tmp_path / "cpu.max") == available_threads({}, tmp_path / "none")


def test_threads_that_were_asked_for_are_not_counted():
    assert Settings.from_env({"CUTOUT_THREADS": "7"}).threads == 7
