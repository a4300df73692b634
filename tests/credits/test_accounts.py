import pytest

from cutout.credits.accounts import Accounts
from cutout.errors import AuthFailed, InvalidParameter
from tests.memory import digits


@pytest.fixture
def accounts(table, clock):
    return Accounts(table, clock, digits())


def test_a_key_authenticates_its_account(accounts):
    key = accounts.create_key("shop", note="the web shop", megapixels_per_minute=50)

    api_key = accounts.authenticate(key)

    assert (api_key.account, api_key.is_test, api_key.megapixels_per_minute) == ("shop", False, 50)
    assert key.startswith("cutout_live_shop_")


def test_the_table_holds_no_secret_of_a_key(accounts, table):
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
def test_other_texts_do_not_authenticate(accounts, wrong):
    key = accounts.create_key("shop")

    with pytest.raises(AuthFailed):
        accounts.authenticate(wrong(key))


def test_a_missing_key_and_a_wrong_one_have_the_titles_of_remove_bg(accounts):
    for text, title in (("", "Missing API Key"), ("wrong", "API Key invalid")):
        with pytest.raises(AuthFailed) as raised:
            accounts.authenticate(text)
        assert (raised.value.code, raised.value.title) == ("auth_failed", title)


def test_a_test_key_does_not_authenticate_as_a_live_key(accounts):
    key = accounts.create_key("shop", is_test=True)

    assert accounts.authenticate(key).is_test
    with pytest.raises(AuthFailed):
        accounts.authenticate(key.replace("_test_", "_live_"))


def test_a_revoked_key_is_refused_immediately(accounts):
    key, other = accounts.create_key("shop"), accounts.create_key("shop")

    accounts.revoke("shop", accounts.authenticate(key).id)

    with pytest.raises(AuthFailed, match="revoked"):
        accounts.authenticate(key)
    assert accounts.authenticate(other)


def test_a_rotated_key_authenticates_until_its_overlap_ends(accounts, clock):
    old = accounts.create_key("shop", note="the till", megapixels_per_minute=7)

    new = accounts.rotate("shop", accounts.authenticate(old).id, overlap_s=3600)

    assert accounts.authenticate(new).megapixels_per_minute == 7
    clock.now += 3599
    assert accounts.authenticate(old)
    clock.now += 1
    with pytest.raises(AuthFailed):
        accounts.authenticate(old)
    assert accounts.authenticate(new)


def test_a_key_that_has_ended_cannot_be_rotated(accounts):
    key = accounts.create_key("shop")
    key_id = accounts.authenticate(key).id
    accounts.revoke("shop", key_id)

    with pytest.raises(InvalidParameter, match="has ended"):
        accounts.rotate("shop", key_id, overlap_s=3600)

    assert len(list(accounts.keys("shop"))) == 1
    with pytest.raises(AuthFailed):
        accounts.authenticate(key)


def test_a_second_rotation_does_not_extend_the_overlap(accounts, clock):
    key = accounts.create_key("shop")
    key_id = accounts.authenticate(key).id
    accounts.rotate("shop", key_id, overlap_s=60)
    accounts.rotate("shop", key_id, overlap_s=3600)

    clock.now += 60
    with pytest.raises(AuthFailed):
        accounts.authenticate(key)


def test_a_revocation_during_a_rotation_stays(accounts, table):
    key = accounts.create_key("shop")
    key_id = accounts.authenticate(key).id
    write = table.write

    def write_after_the_other(*writes):
        table.write = write
        accounts.revoke("shop", key_id)
        write(*writes)

    create_key = accounts.create_key

    def create_and_be_overtaken(*args):
        made = create_key(*args)
        table.write = write_after_the_other
        return made

    accounts.create_key = create_and_be_overtaken
    accounts.rotate("shop", key_id, overlap_s=3600)

    with pytest.raises(AuthFailed):
        accounts.authenticate(key)


def test_keys_are_listed_with_their_ends(accounts, clock):
    first = accounts.authenticate(accounts.create_key("shop", note="a")).id
    second = accounts.authenticate(accounts.create_key("shop", is_test=True)).id
    accounts.create_key("other")
    accounts.revoke("shop", first)

    listed = {key.id: key for key in accounts.keys("shop")}

    assert listed.keys() == {first, second}
    assert listed[first].note == "a" and listed[first].ends_at
    assert listed[second].is_test and not listed[second].ends_at


@pytest.mark.parametrize("name", ["", "Shop", "a_b", "a#b", "-a", "a" * 41, "ä"])
def test_bad_account_names_are_refused(accounts, name):
    with pytest.raises(InvalidParameter):
        accounts.create_key(name)


def test_an_unknown_key_cannot_be_revoked(accounts):
    accounts.create_key("shop")

    with pytest.raises(InvalidParameter, match="shop has no API key 00000000"):
        accounts.revoke("shop", "00000000")
