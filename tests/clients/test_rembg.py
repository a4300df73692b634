"""Requests that public callers of rembg's server send, with the library that most of them use."""

import pytest
import requests

from cutout.options.record import Options
from tools.time_limits import limit_s

POSTED = {
    "nothing else": ({}, {}, Options()),
    "rembg's default model": ({"model": "bria-rmbg"}, {}, Options()),
    "a model of rembg's": ({"model": "birefnet-general-lite"}, {}, Options()),
    "a model in the query": ({}, {"model": "isnet-general-use"}, Options()),
    "alpha matting": ({"a": "true", "af": "240", "ab": "10", "ae": "10"}, {}, None),
    "switches as Python writes them": (
        {"a": False, "om": False, "ppm": True},
        {},
        Options(binary=True),
    ),
    "the mask": ({"om": "true"}, {}, Options(channels="alpha")),
    "a background": ({"bgc": "0,255,0,255"}, {}, Options(background="#00ff00")),
}

pytestmark = pytest.mark.clients


@pytest.fixture
def address(services):
    return f"{services('laptop').address}/api"


@pytest.mark.parametrize(("form", "query", "options"), POSTED.values(), ids=POSTED)
def test_a_posted_photo_is_cut_out(address, engine, photo, form, query, options):
    response = requests.post(
        f"{address}/remove",
        files={"file": ("photo.png", photo, "image/png")}, data=form, params=query,
        timeout=limit_s(60),
    )  # fmt: skip

    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Cutout-Model"] == "red"
    assert ("X-Cutout-Notice" in response.headers) == ("model" in form | query)
    if options:
        assert response.content == engine.remove_background(photo, options).data


def test_a_photo_is_cut_out_by_its_url(address, engine, photo):
    query = {"url": "http://photos.example/a.png", "model": "u2net_human_seg"}

    response = requests.get(f"{address}/remove", params=query, timeout=limit_s(60))

    assert response.content == engine.remove_background(photo, Options()).data


def test_a_health_check_is_answered(address):
    assert requests.get(address, timeout=limit_s(60)).status_code == 200
