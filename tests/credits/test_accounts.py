import pytest

from cutout.credits.accounts import Accounts
from cutout.errors import AuthFailed, InvalidParameter
from tests.memory import digits


@pytest.fixture
def accounts(table, clock):
    return Accounts(table, clock, digits())


def test_a_key_opens_its_account(accounts):
    key = accounts.create_key("shop", note="the web shop", megapixels_per_minute=50)

    caller = accounts.authenticate(key)

    assert (caller.account, caller.is_test, caller.megapixels_per_minute) == ("shop", False, 50)
    assert key.startswith("cutout_live_shop_")


def test_a_key_is_kept_as_its_hash_alone(accounts, table):
    secret = accounts.create_key("shop").split("_")[-1]

    assert secret not in str(table.items())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda key: "",
        lambda key: "word",
        lambda key: key[:-1],
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace("shop", "shed"),
        lambda key: key + "\n",
        lambda key: " " + key,
        lambda key: key.replace("live", "LIVE"),
        lambda key: key.upper(),
        lambda key: "x" * 1_000_000,
    ],
)
def test_anything_else_opens_nothing(accounts, wrong):
    key = accounts.create_key("shop")

    with pytest.raises(AuthFailed):
        accounts.authenticate(wrong(key))


def test_a_live_key_is_no_test_key(accounts):
    key = accounts.create_key("shop", is_test=True)

    assert accounts.authenticate(key).is_test
    with pytest.raises(AuthFailed):
        accounts.authenticate(key.replace("_test_", "_live_"))


def test_a_revoked_key_is_told_so_from_the_same_moment_on(accounts):
    key, other = accounts.create_key("shop"), accounts.create_key("shop")

    accounts.revoke("shop", accounts.authenticate(key).key_id)

    with pytest.raises(AuthFailed, match="revoked"):
        accounts.authenticate(key)
    assert accounts.authenticate(other)


def test_a_rotated_key_is_good_for_as_long_as_was_said(accounts, clock):
    old = accounts.create_key("shop", note="the till", megapixels_per_minute=7)

    new = accounts.rotate("shop", accounts.authenticate(old).key_id, overlap_s=3600)

    assert accounts.authenticate(new).megapixels_per_minute == 7
    clock.now += 3599
    assert accounts.authenticate(old)
    clock.now += 1
    with pytest.raises(AuthFailed):
        accounts.authenticate(old)
    assert accounts.authenticate(new)


def test_a_key_that_has_ended_is_not_brought_back_by_rotating_it(accounts):
    key = accounts.create_key("shop")
    key_id = accounts.authenticate(key).key_id
    accounts.revoke("shop", key_id)

    with pytest.raises(InvalidParameter, match="has ended"):
        accounts.rotate("shop", key_id, overlap_s=3600)

    assert len(list(accounts.keys("shop"))) == 1
    with pytest.raises(AuthFailed):
        accounts.authenticate(key)


def test_a_rotation_lets_no_key_live_longer(accounts, clock):
    key = accounts.create_key("shop")
    key_id = accounts.authenticate(key).key_id
    accounts.rotate("shop", key_id, overlap_s=60)
    accounts.rotate("shop", key_id, overlap_s=3600)

    clock.now += 60
    with pytest.raises(AuthFailed):
        accounts.authenticate(key)


def test_a_revocation_is_not_undone_by_a_rotation_at_the_same_time(accounts, table):
    key = accounts.create_key("shop")
    key_id = accounts.authenticate(key).key_id
    write = table.write

    def write_after_the_other(*writes):
        table.write = write
        accounts.revoke("shop", key_id)
        write(*writes)

    create_key = accounts.create_key

    def create_and_be_overtaken(*given):
        made = create_key(*given)
        table.write = write_after_the_other
        return made

    accounts.create_key = create_and_be_overtaken
    accounts.rotate("shop", key_id, overlap_s=3600)

    with pytest.raises(AuthFailed):
        accounts.authenticate(key)


def test_keys_are_listed_with_their_ends(accounts, clock):
    first = accounts.authenticate(accounts.create_key("shop", note="a")).key_id
    second = accounts.authenticate(accounts.create_key("shop", is_test=True)).key_id
    accounts.create_key("other")
    accounts.revoke("shop", first)

    listed = {key.id: key for key in accounts.keys("shop")}

    assert listed.keys() == {first, second}
    assert listed[first].note == "a" and listed[first].ends_at
    assert listed[second].is_test and not listed[second].ends_at


@pytest.mark.parametrize("name", ["", "Shop", "a_b", "a#b", "-a", "a" * 41, "ä"])
def test_accounts_have_names_that_fit_into_a_key(accounts, name):
    with pytest.raises(InvalidParameter):
        accounts.create_key(name)


def test_what_is_not_there_is_told(accounts):
    accounts.create_key("shop")

    with pytest.raises(InvalidParameter, match="shop has no key 00000000"):
        accounts.revoke("shop", "00000000")
