"""The engine in worker processes beside the one in this process."""

from dataclasses import replace

import pytest

from cutout import engines
from cutout.config import Settings
from cutout.deadline import Deadline
from cutout.errors import Abandoned, CutoutError, InvalidCanvas, UnknownModel
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Point
from cutout.picture import Size

pytestmark = pytest.mark.slow  # starts processes

RED = Point(Length(50, "%"), Length(50, "%"), True)
OPTIONS = [
    Options(),
    Options(format="webp", edges="fine"),
    Options(format="avif", edges="off", max_pixels=5000),
    Options(format="jpg", background="#0f08", shadow=0.5, watermark=True),
    Options(format="zip", binary=True),
    Options(channels="alpha", inverse=True, points=(RED,)),
    Options(crop=True, margin=Margins(*[Length(5)] * 4), canvas=Size(200, 100), scale=0.5),
    Options(blur=0.05, profile="keep", subject="largest"),
]


@pytest.fixture(scope="module")
def workers(red_folder):
    settings = Settings(model="red", models=str(red_folder), threads=1)
    with engines.engine_in_workers(settings, 1) as engine:
        yield engine


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.format)
def test_results_are_those_of_the_engine_in_this_process(workers, engine, photo, options):
    expected = engine.remove_background(photo, options)

    result = workers.remove_background(photo, options)

    assert list(result.timings_ms) == list(expected.timings_ms)
    assert replace(result, timings_ms={}) == replace(expected, timings_ms={})


def test_the_pictures_of_the_options_reach_the_worker(workers, engine, photo, plain):
    options = Options(backdrop=plain, blend="seamless", mask=photo)

    assert (
        workers.remove_background(photo, options).data
        == engine.remove_background(photo, options).data
    )


def test_a_picture_of_pil_is_taken_too(workers, engine, red_disc):
    picture = red_disc[0]

    result = workers.remove_background(picture.copy(), Options())

    assert result.data == engine.remove_background(picture.copy(), Options()).data


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"])
def test_errors_are_those_of_the_engine_in_this_process(workers, engine, data):
    with pytest.raises(CutoutError) as expected:
        engine.remove_background(data, Options())

    with pytest.raises(type(expected.value)) as raised:
        workers.remove_background(data, Options())

    assert str(raised.value) == str(expected.value)


def test_a_request_that_the_engine_cannot_do_needs_no_worker(settings, photo):
    engine = engines.engine_in_workers(settings, 0)

    with pytest.raises(UnknownModel):
        engine.remove_background(photo, Options(model="green"))
    with pytest.raises(InvalidCanvas):
        engine.network(Options(canvas=Size(100_000, 100_000)))


def test_it_is_ready_when_a_worker_has_loaded_the_default_network(settings):
    with engines.engine_in_workers(settings, 1) as engine:
        assert not engine.is_ready()
        assert engine.network(Options()) == ("red", "3")
        assert engine.is_ready()


def test_a_request_whose_client_has_gone_is_not_sent(workers, photo):
    deadline = Deadline.after(100)
    deadline.abandon()

    with pytest.raises(Abandoned):
        workers.remove_background(photo, Options(), deadline)


def test_headers_are_read_in_this_process(settings, photo):
    engine = engines.engine_in_workers(settings, 0)

    assert engine.measure(photo) == Size(120, 90)
    assert engine.media_type(photo) == "image/png"
