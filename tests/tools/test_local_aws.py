"""The local AWS of tools/local_aws.py. tests/tools/test_serve.py starts it and ends it."""

from tools.local_aws import LocalAws


def test_settings_for_localstack_do_not_change_the_address_of_our_own_emulator(monkeypatch):
    monkeypatch.setenv("USE_SSL", "1")
    monkeypatch.setenv("LOCALSTACK_HOST", "elsewhere.example:4566")

    assert LocalAws("http://127.0.0.1:9").client("s3").meta.endpoint_url == "http://127.0.0.1:9"
