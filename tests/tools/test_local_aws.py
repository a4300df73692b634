"""The emulator of tools/local_aws.py. tests/tools/test_serve.py covers its shutdown."""

import pytest

from tools import local_aws


@pytest.mark.aws
def test_localstack_variables_of_the_shell_do_not_affect_the_emulator(monkeypatch, tmp_path):
    if not local_aws.PROGRAM.exists():
        pytest.skip("the local AWS is not installed; `make test` installs it")
    for name in ("AWS_ENDPOINT_URL", "LOCALSTACK_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("USE_SSL", "1")

    with local_aws.running(tmp_path) as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []
