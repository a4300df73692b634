"""The check of URLs. Its cases also run on each supported Python (test_pythons.py)."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutout.errors import InvalidSetting
from cutout.net.policy import InvalidUrl, NotPublic, Policy
from cutout.net.special_addresses import (
    IPV4,
    IPV6,
    METADATA,
    METADATA_NAMES,
    NETWORKS,
    REFUSED,
    is_public,
)
from cutout.net.target import Target
from tests.policies import PUBLIC, reaching

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
        target = Target.parse(text, PUBLIC, base)
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

    policy = reaching(only_this)
    assert Target.parse("http://127.0.0.1:8080/", policy).host == "127.0.0.1"
    assert Target.parse("http://localhost:8080/", policy).host == "localhost"
    with pytest.raises(NotPublic):
        Target.parse("http://127.0.0.1:8081/", policy)


@pytest.mark.parametrize("expected", url_cases.ADDRESSES)
def test_an_address_is_public_or_not(expected):
    addresses = url_cases.ADDRESSES[expected].split()

    wrong = [each for each in addresses if is_public(ip_address(each), 80) is not expected]

    assert wrong == []


def test_each_network_of_the_registries_has_an_address_in_the_cases():
    cases = {ip_address(each) for group in url_cases.ADDRESSES.values() for each in group.split()}

    decided = {next(network for network, _ in NETWORKS if each in network) for each in cases}
    assert decided == {ip_network(each) for each in (*IPV4, *IPV6, *REFUSED)}


@pytest.mark.parametrize("address", METADATA)
def test_no_clouds_metadata_are_public(address):
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(NotPublic):
        Target.parse(f"http://{host}/", PUBLIC)


@pytest.mark.parametrize("name", METADATA_NAMES)
def test_no_name_of_a_clouds_metadata_is_resolved(name):
    with pytest.raises(NotPublic, match=f"'{name}' is not a public host"):
        Target.parse(f"http://{name}/", PUBLIC)


@pytest.mark.parametrize(
    "url", ["http://a.example:22/", "http://a.example:8080/", "https://a.example:8443/"]
)
def test_other_ports_than_those_of_the_web_are_refused_until_a_setting_allows_them(url):
    with pytest.raises(InvalidUrl, match="is not allowed; the ports are 80, 443"):
        Target.parse(url, Policy.parse())
    assert Target.parse(url, Policy.parse("22, 443,8080,8443")).host == "a.example"


def test_the_ports_of_the_web_are_allowed_with_either_scheme():
    for url in ("http://a.example:443/", "https://a.example:80/", "http://a.example/"):
        assert Target.parse(url, Policy.parse()).host == "a.example"


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "80;443", "80,,443", "-1", "9" * 99])
def test_ports_that_cannot_be_are_an_error_with_the_settings_name(text):
    with pytest.raises(InvalidSetting, match="CUTOUT_URL_PORTS has to be ports such as 80,443"):
        Policy.parse(ports=text)


SOURCES = "photos.example, *.CDN.example,203.0.114.7"


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("photos.example", True), ("PHOTOS.example.", True), ("a.photos.example", False),
        ("a.cdn.example", True), ("a.b.cdn.example", True), ("cdn.example", False),
        ("acdn.example", False), ("a.cdn.example.evil.example", False), ("203.0.114.7", True),
        ("203.0.114.8", False), ("photos.example.evil.example", False),
    ],
)  # fmt: skip
def test_with_a_list_of_sources_only_its_hosts_are_fetched_from(host, is_allowed):
    policy = Policy.parse(sources=SOURCES)

    if is_allowed:
        assert Target.parse(f"http://{host}/", policy)
        return
    with pytest.raises(InvalidUrl, match=f"'{host}' is not one of the hosts that photos are"):
        Target.parse(f"http://{host}/", policy)


def test_a_listed_source_that_is_private_stays_refused():
    with pytest.raises(NotPublic):
        Target.parse("http://10.0.0.1/", Policy.parse(sources="10.0.0.1"))


def test_a_redirect_from_a_listed_source_to_another_host_is_refused():
    with pytest.raises(InvalidUrl, match="is not one of the hosts"):
        Target.parse("//evil.example/", Policy.parse(sources=SOURCES), "http://photos.example/")


@pytest.mark.parametrize(
    "text", ["*", "*.", "https://a.example", "a.example/x", "a.*.example", "\u00fc.example"]
)
def test_a_source_that_is_no_host_is_an_error_with_the_settings_name(text):
    with pytest.raises(InvalidSetting, match="CUTOUT_URL_SOURCES has"):
        Policy.parse(sources=f"a.example,{text}")
