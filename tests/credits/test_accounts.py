import re

import pytest

from cutout.credits.accounts import API_KEY, REMEMBERED_S, Accounts
from cutout.errors import AuthFailed, InvalidParameter
from tests.memory import MemoryTable, digits
from tests.pages import read


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


@pytest.mark.parametrize(
    "block",
    [
        lambda operator, key_id: operator.revoke("shop", key_id),
        lambda operator, key_id: operator.rotate("shop", key_id, overlap_s=0),
        lambda operator, key_id: operator.restrict("shop", key_id, (), ["203.0.113.0/24"]),
    ],
    ids=["revoked", "rotated", "restricted"],
)
def test_a_key_that_is_blocked_elsewhere_is_refused_after_ten_seconds(table, clock, block):
    operator, server = (Accounts(table, clock, digits()) for _ in range(2))
    key = operator.create_key("shop")

    def use():
        server.authenticate(key).check_use("", "198.51.100.1")

    use()
    block(operator, server.authenticate(key).id)
    clock.now += REMEMBERED_S - 1
    use()
    clock.now += 1

    assert REMEMBERED_S == 10
    with pytest.raises(AuthFailed):
        use()


def test_a_remembered_key_still_ends_in_time(accounts, clock):
    key = accounts.create_key("shop")
    accounts.rotate("shop", accounts.authenticate(key).id, overlap_s=5)
    assert accounts.authenticate(key)
    clock.now += 5

    with pytest.raises(AuthFailed, match="revoked"):
        accounts.authenticate(key)


def test_a_wrong_secret_is_refused_for_a_remembered_key(accounts):
    key = accounts.create_key("shop")
    accounts.authenticate(key)
    guess = API_KEY.fullmatch(key)[1][:-1]

    for digit in set("0123456789abcdef") - {API_KEY.fullmatch(key)[1][-1]}:
        with pytest.raises(AuthFailed, match="not valid"):
            accounts.authenticate(guess + digit)


def test_a_restriction_holds_at_once_where_it_is_made(accounts):
    key = accounts.create_key("shop")
    accounts.restrict("shop", accounts.authenticate(key).id, ["https://shop.example"], [])

    assert accounts.authenticate(key).origins == ("https://shop.example",)


def test_keys_that_are_made_up_take_no_memory(table, clock):
    made_up = Accounts(MemoryTable(), clock, digits()).create_key("shop")
    accounts = Accounts(table, clock, digits())
    with pytest.raises(AuthFailed):
        accounts.authenticate(made_up)

    assert not accounts._remembered


def test_a_key_that_was_asked_for_too_early_authenticates_once_it_exists(table, clock):
    key = Accounts(MemoryTable(), clock, digits()).create_key("shop")
    operator, server = (Accounts(table, clock, digits()) for _ in range(2))
    with pytest.raises(AuthFailed):
        server.authenticate(key)

    assert operator.create_key("shop") == key
    assert server.authenticate(key)


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


def test_a_key_with_a_typing_error_is_told_from_its_checksum_without_the_table(accounts, table):
    key = accounts.create_key("shop")
    table.get = None  # which a call would break

    for wrong in (key.replace("live", "test"), key.replace("shop", "shpo"), f"{key[:-8]}00000000"):
        with pytest.raises(AuthFailed, match="typing error: its checksum is wrong"):
            accounts.authenticate(wrong)


DOCS = read("operate/keys.md")


def scanners():
    """Return the patterns that docs/operate/keys.md has for scanners."""
    return re.findall(r"cutout_\(\?:live\|test\)_\S*?(?=[\s\x27`])", DOCS)


@pytest.mark.parametrize(
    "place", ["{}", 'key = "{}"', "X-Api-Key: {}\n", "https://{}@x/", "a={}&b"]
)
def test_the_scanners_patterns_of_the_docs_find_each_key_wherever_it_stands(accounts, place):
    keys = [
        accounts.create_key(account, is_test)
        for account in ("a", "shop", "a-shop-1", "9" * 40)
        for is_test in (True, False)
    ]
    keys.append(keys[0][:-8])  # as version 0.1.0 made them

    assert len(scanners()) >= 2
    for pattern in scanners():
        for key in keys:
            assert API_KEY.fullmatch(key)
            assert key in re.search(pattern, place.format(key))[0]


@pytest.mark.parametrize(
    "text",
    ["cutout_live_shop", "cutout_live_shop_1f0c9a3e", "cutout_prod_shop_" + "0" * 60, "0" * 90],
)
def test_the_scanners_patterns_of_the_docs_find_nothing_else(text):
    for pattern in scanners():
        assert not re.search(pattern, text)


SHOP, OFFICE = "https://shop.example", "203.0.113.0/24"


@pytest.mark.parametrize(
    ("origins", "networks", "origin", "address", "is_allowed"),
    [
        ([], [], "", "192.0.2.1", True),
        ([], [], "https://evil.example", "192.0.2.1", True),
        ([SHOP], [], SHOP, "192.0.2.1", True),
        ([SHOP], [], "https://evil.example", "192.0.2.1", False),
        ([SHOP], [], "https://shop.example.evil.example", "192.0.2.1", False),
        ([SHOP], [], "http://shop.example", "192.0.2.1", False),
        ([SHOP], [], "", "192.0.2.1", False),
        ([SHOP], [], "null", "192.0.2.1", False),
        ([], [OFFICE], "", "203.0.113.7", True),
        ([], [OFFICE], "", "::ffff:203.0.113.7", True),
        ([], [OFFICE], "", "203.0.114.7", False),
        ([], [OFFICE], "", "2001:db8::1", False),
        ([], [OFFICE, "2001:db8::/32"], "", "2001:db8::1", True),
        ([], ["203.0.113.7"], "", "203.0.113.8", False),
        ([SHOP], [OFFICE], SHOP, "203.0.113.7", True),
        ([SHOP], [OFFICE], SHOP, "192.0.2.1", False),
        ([SHOP], [OFFICE], "", "203.0.113.7", False),
    ],
)
def test_a_restricted_key_is_refused_elsewhere_with_one_sentence(
    accounts, origins, networks, origin, address, is_allowed
):
    key = accounts.authenticate(accounts.create_key("shop", origins=origins, networks=networks))

    if is_allowed:
        return key.check_use(origin, address)
    with pytest.raises(AuthFailed, match="may not be used from here: it is restricted"):
        key.check_use(origin, address)


def test_restrictions_are_replaced_lifted_and_kept_by_a_rotation(accounts):
    key_id = accounts.authenticate(accounts.create_key("shop", networks=[OFFICE])).id
    accounts.restrict("shop", key_id, [SHOP], ["192.0.2.7"])

    rotated = accounts.authenticate(accounts.rotate("shop", key_id, overlap_s=60))
    accounts.restrict("shop", key_id, [], [])
    (lifted,) = (key for key in accounts.keys("shop") if key.id == key_id)

    assert (rotated.origins, rotated.networks) == ((SHOP,), ("192.0.2.7/32",))
    assert (lifted.origins, lifted.networks) == ((), ())


@pytest.mark.parametrize(
    ("origins", "networks"),
    [
        (["shop.example"], []), (["https://shop.example/"], []), (["https://a b"], []), (["*"], []),
        (["HTTPS://SHOP.example"], []), ([], ["203.0.113.7/24"]), ([], ["office"]), ([], ["1"]),
        ([SHOP] * 51, []),
    ],
)  # fmt: skip
def test_an_origin_or_a_network_that_cannot_be_is_refused(accounts, origins, networks):
    with pytest.raises(InvalidParameter):
        accounts.create_key("shop", origins=origins, networks=networks)

    assert list(accounts.keys("shop")) == []


def test_an_unknown_key_cannot_be_restricted(accounts):
    accounts.create_key("shop")

    with pytest.raises(InvalidParameter, match="shop has no API key 00000000"):
        accounts.restrict("shop", "00000000", [SHOP], [])
