"""The check of URLs. Its cases also run on each supported Python (test_pythons.py)."""

from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutout.net.special_addresses import IPV4, IPV6, NETWORKS, REFUSED, is_public
from cutout.net.target import InvalidUrl, NotPublic, Target

from . import url_cases

BASE = "http://a.example/x/y?z"
PIECES = [
    "http", "https", "ftp", "ws", ":", "//", "/", "\\", "?", "#", "@", "[", "]", "%", "%2e", ".",
    "..", "a.example", "xn--a", "localhost", "127.0.0.1", "0x7f", "1", "::1", "::ffff:10.0.0.1",
    "fe80::1%1", "80", "0", "65536", "-1", "\u0668", " ", "\t", "\n", "\0", "\u3002", "\uff0f",
    "\uff0e", "\u00df", "\u00fc", "\u200d", "\ud800", "\u2100", "\u024a", "\U0001f4a9", "a" * 64,
    "user:word",
]  # fmt: skip
urls = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.lists(st.sampled_from(PIECES)).map(lambda pieces: "http://" + "".join(pieces)),
)


@pytest.mark.parametrize("topic", url_cases.CASES)
def test_each_spelling_of_a_url_is_accepted_or_refused_with_its_sentence(topic):
    cases = url_cases.CASES[topic]

    assert {url: url_cases.outcome(url) for url in cases} == cases


def test_a_redirect_is_checked_like_any_url():
    outcomes = {url: url_cases.outcome(url, BASE) for url in url_cases.REDIRECTS}

    assert outcomes == url_cases.REDIRECTS


@given(urls, st.sampled_from(["", BASE]))
@example("http://" + "\u00fc" * 4000, "")
@example("http://[" + ":" * 8000 + "]/", "")
def test_any_text_is_a_target_or_one_of_two_errors(text, base):
    try:
        target = Target.parse(text, is_public, base)
    except (InvalidUrl, NotPublic) as error:
        assert 0 < len(str(error)) < 3000  # an escaped character takes up to ten
        return
    assert target.scheme in ("http", "https")
    assert 0 < target.port < 65_536
    assert target.host.isascii() and target.host == target.host.lower()
    assert target.path.startswith("/") and target.path.isascii() and " " not in target.path
    assert target.address is None or is_public(target.address, target.port)


def test_the_policy_decides_about_an_address_and_its_port():
    def only_this(address, port):
        return (str(address), port) == ("127.0.0.1", 8080)

    assert Target.parse("http://127.0.0.1:8080/", only_this).host == "127.0.0.1"
    assert Target.parse("http://localhost:8080/", only_this).host == "localhost"
    with pytest.raises(NotPublic):
        Target.parse("http://127.0.0.1:8081/", only_this)


@pytest.mark.parametrize("expected", url_cases.ADDRESSES)
def test_an_address_is_public_or_not(expected):
    addresses = url_cases.ADDRESSES[expected].split()

    wrong = [each for each in addresses if is_public(ip_address(each), 80) is not expected]

    assert wrong == []


def test_each_network_of_the_registries_has_an_address_in_the_cases():
    cases = {ip_address(each) for group in url_cases.ADDRESSES.values() for each in group.split()}

    decided = {next(network for network, _ in NETWORKS if each in network) for each in cases}
    assert {str(network) for network in decided} == {*IPV4, *IPV6, *REFUSED}
