import pytest

from tests import emulator


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    if not emulator.PROGRAM.exists():
        pytest.skip("there is no emulator; `make test` installs it")
    with emulator.running(tmp_path_factory.mktemp("aws")) as running:
        yield running
