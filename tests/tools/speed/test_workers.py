"""What a worker process adds to a cutout."""

import pytest

from tools.speed.workers import Call, print_memory, row


def test_a_row_has_the_medians_of_its_pairs():
    here = [Call(100, 1, 100), Call(300, 1, 300), Call(200, 1, 200)]
    apart = [Call(210, 10, 3), Call(190, 30, 5), Call(250, 20, 4)]

    assert row(12, list(zip(here, apart, strict=True))) == [
        "12", "200", "210", "1.05", "20.0", "4.0"
    ]  # fmt: skip


@pytest.mark.slow
def test_memory_is_that_of_a_process_and_of_its_worker(monkeypatch, red_folder, capsys):
    monkeypatch.setenv("CUTOUT_MODEL", "red")
    monkeypatch.setenv("CUTOUT_MODELS", str(red_folder))

    print_memory(megapixels=1)

    main, worker = map(float, capsys.readouterr().out.split())
    assert main > 40
    assert worker > 40
