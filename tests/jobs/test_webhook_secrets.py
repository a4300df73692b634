"""Secrets and signatures, which are verified with an independent implementation."""

import base64
import hashlib
import hmac

import pytest

from cutout.credits.accounts import Accounts, account_key, end
from cutout.errors import InvalidParameter
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.ports import Key, Write
from tests.memory import digits


@pytest.fixture
def secrets(table, clock):
    Accounts(table, clock, digits()).create_key("shop")
    return WebhookSecrets(table, clock, digits())


def expected(secret, signed):
    """Sign as standardwebhooks.com specifies under "Signature scheme"."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, signed, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def test_a_secret_is_of_32_bytes_in_the_form_of_the_specification(secrets):
    secret = secrets.create("shop")

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret[6:], validate=True)) == 32


def test_the_vector_that_the_specifications_libraries_publish_comes_out(secrets, table):
    """https://github.com/standard-webhooks/standard-webhooks, the tests of its libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    key = Key(account_key("shop").pk, "webhook-secret#00000001")
    table.write(Write(key, set={"secret": secret, "created_at": "", "ends_at": ""}))
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'

    signatures = secrets.signatures("shop", signed)

    assert signatures == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_two_secrets_are_good_both_sign(secrets, clock):
    old = secrets.create("shop")
    new = secrets.rotate("shop", overlap_s=3600)

    both = {expected(old, b"a"), expected(new, b"a")}
    assert set(secrets.signatures("shop", b"a").split(" ")) == both
    clock.now += 3599
    assert set(secrets.signatures("shop", b"a").split(" ")) == both
    clock.now += 1
    assert secrets.signatures("shop", b"a") == expected(new, b"a")


def test_a_secret_rotated_twice_ends_when_it_was_first_to_end(secrets, clock):
    secrets.create("shop")
    secrets.rotate("shop", overlap_s=60)
    new = secrets.rotate("shop", overlap_s=3600)

    clock.now += 60
    assert len(secrets.signatures("shop", b"a").split(" ")) == 2
    clock.now += 3600
    assert secrets.signatures("shop", b"a") == expected(new, b"a")


def test_a_revoked_secret_signs_nothing_and_is_forgotten(secrets, table):
    secret = secrets.create("shop")
    (made,) = secrets.secrets("shop")

    secrets.revoke("shop", made.id)

    assert secrets.signatures("shop", b"a") == ""
    assert secret not in str(table.items())
    (revoked,) = secrets.secrets("shop")
    assert revoked.ends_at and not made.ends_at


def test_until_it_has_ended_a_rotated_secret_is_kept(secrets, table, clock):
    old = secrets.create("shop")
    secrets.rotate("shop", overlap_s=60)

    clock.now += 59
    list(secrets.secrets("shop"))

    assert old in str(table.items())


@pytest.mark.parametrize(
    "act",
    [
        lambda secrets: secrets.rotate("shop", overlap_s=60),
        lambda secrets: secrets.revoke("shop", "00000003"),  # the new one
        lambda secrets: list(secrets.secrets("shop")),
    ],
    ids=["rotate", "revoke", "list"],
)
def test_what_has_ended_is_forgotten_by_whoever_comes_next(secrets, table, clock, act):
    old = secrets.create("shop")
    secrets.rotate("shop", overlap_s=60)
    clock.now += 60

    act(secrets)

    assert old not in str(table.items())
    assert any(secret.ends_at for secret in secrets.secrets("shop"))


def test_when_all_have_ended_another_one_makes_them_forgotten(secrets, table, clock):
    old = secrets.create("shop")
    (made,) = secrets.secrets("shop")
    end(table, Key(account_key("shop").pk, f"webhook-secret#{made.id}"), clock.now, "")

    secrets.create("shop")

    assert old not in str(table.items())


def test_a_forgotten_secret_signs_nothing_by_a_clock_that_is_behind(secrets, clock):
    secrets.create("shop")
    (made,) = secrets.secrets("shop")
    secrets.revoke("shop", made.id)

    clock.now -= 1

    assert secrets.signatures("shop", b"a") == ""


def test_after_the_last_has_ended_there_can_be_another(secrets):
    secrets.create("shop")
    with pytest.raises(InvalidParameter, match="rotate it instead"):
        secrets.create("shop")
    (made,) = secrets.secrets("shop")
    secrets.revoke("shop", made.id)

    new = secrets.create("shop")

    assert secrets.signatures("shop", b"a") == expected(new, b"a")


def test_secrets_are_listed_without_what_they_are(secrets):
    secret = secrets.create("shop")

    assert secret not in str(list(secrets.secrets("shop")))


def test_accounts_do_not_sign_for_each_other(secrets, table, clock):
    Accounts(table, clock, digits()).create_key("shop-2")
    secrets.create("shop")

    assert secrets.signatures("shop-2", b"a") == ""
    assert list(secrets.secrets("shop-2")) == []


def test_what_is_not_there_is_told(secrets):
    with pytest.raises(InvalidParameter, match="no account nobody"):
        secrets.create("nobody")
    with pytest.raises(InvalidParameter, match="no webhook secret to rotate"):
        secrets.rotate("shop", overlap_s=60)
    with pytest.raises(InvalidParameter, match="shop has no webhook secret 00000009"):
        secrets.revoke("shop", "00000009")
