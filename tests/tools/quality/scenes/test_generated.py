"""Both generators make scenes whose alpha and colours are known exactly."""

import numpy as np
import pytest
from PIL import Image

from tools.quality import scenes as all_scenes
from tools.quality.scenes import GENERATORS, fields, strands
from tools.quality.scenes.background import Photograph, texture
from tools.quality.scenes.scene import KINDS, composed, size, strand_px

pytestmark = pytest.mark.slow

SMALL = 0.08  # MP

each_generator = pytest.mark.parametrize("generator", GENERATORS.values(), ids=GENERATORS)


@pytest.fixture(scope="module", params=GENERATORS)
def scenes(request):
    return list(GENERATORS[request.param](SMALL))


def test_every_kind_is_generated_in_the_requested_size(scenes):
    assert [scene.name for scene in scenes] == list(KINDS)
    assert all(scene.photo.size == scene.truth.size == size(SMALL) for scene in scenes)
    assert scenes[0].photo.width * scenes[0].photo.height == pytest.approx(SMALL * 1e6, rel=0.01)


def test_opaque_pixels_of_the_photo_equal_the_subject(scenes):
    for scene in scenes:
        truth = np.asarray(scene.truth)
        is_opaque = truth[..., 3] == 255
        assert is_opaque.any() or scene.name == "glass"
        assert (np.asarray(scene.photo)[is_opaque] == truth[is_opaque][:, :3]).all()


def test_invisible_pixels_have_no_colour(scenes):
    for scene in scenes:
        truth = np.asarray(scene.truth)
        assert not truth[truth[..., 3] == 0].any()


def test_every_scene_has_soft_edges_and_a_background(scenes):
    for scene in scenes:
        alpha = np.asarray(scene.truth)[..., 3]
        assert ((alpha > 0) & (alpha < 255)).mean() > 0.003
        assert (alpha == 0).mean() > 0.3


def test_glass_has_large_parts_of_medium_opacity(scenes):
    alpha = np.asarray(scenes[KINDS.index("glass")].truth)[..., 3]

    assert ((alpha > 40) & (alpha < 215)).mean() > 0.03


def test_motion_leaves_no_sharp_edge_in_its_direction(scenes):
    def sharpest(kind):
        alpha = np.asarray(scenes[KINDS.index(kind)].truth)[..., 3].astype(int)
        return np.abs(np.diff(alpha, axis=1)).max()

    assert sharpest("motion") < sharpest("letters")


def test_drawing_twice_gives_the_same_bytes(scenes, request):
    generator = GENERATORS[request.node.callspec.params["scenes"]]

    for first, again in zip(scenes, generator(SMALL), strict=True):
        assert again.photo.tobytes() == first.photo.tobytes()
        assert again.truth.tobytes() == first.truth.tobytes()


@each_generator
def test_a_larger_scene_is_drawn_instead_of_enlarged(generator):
    """A larger scene has edges of the same width in px, so fewer of its pixels are soft."""
    small, large = (
        np.asarray(list(generator(megapixels))[-1].truth)[..., 3]
        for megapixels in (SMALL, 16 * SMALL)
    )

    def softness(alpha):
        return ((alpha > 0) & (alpha < 255)).mean()

    assert softness(large) < 0.4 * softness(small)


def test_the_generators_share_no_photograph():
    def names(generator):
        return {photo.name for _, *photos in generator.SUBJECTS.values() for photo in photos}

    assert not names(strands) & names(fields)


def test_a_composite_equals_alpha_times_subject_plus_background():
    alpha = np.array([[0, 0.25, 0.5, 1]], np.float32)
    red = np.full((1, 4, 3), (200, 0, 0), np.uint8)
    blue = np.full((1, 4, 3), (0, 0, 100), np.uint8)

    scene = composed("hair", "A", alpha, red, blue)

    assert np.asarray(scene.truth)[0, :, 3].tolist() == [0, 64, 128, 255]
    assert np.asarray(scene.photo)[0].tolist() == [
        [0, 0, 100], [50, 0, 75], [100, 0, 50], [200, 0, 0],
    ]  # fmt: skip


def test_a_hair_at_twelve_megapixels_is_two_to_six_px_wide():
    assert 1 <= strand_px(0.5) < strand_px(4) < strand_px(12) <= 6
    assert strand_px(12) >= 2


def test_an_enlarged_photograph_has_detail_at_pixel_scale():
    large = texture(Photograph("coffee.png"), (2000, 1500), np.random.default_rng(0))

    smooth = np.asarray(Image.fromarray(large).reduce(4).resize((2000, 1500)))
    assert np.abs(large.astype(int) - smooth).mean() > 2


def draw_again(megapixels):
    yield pytest.fail("drawn again")


def test_scenes_are_drawn_again_only_when_a_source_changes(tmp_path, monkeypatch):
    first = all_scenes.generated("A", SMALL, tmp_path)
    monkeypatch.setitem(GENERATORS, "A", draw_again)
    assert all_scenes.generated("A", SMALL, tmp_path) == first

    monkeypatch.setattr(all_scenes, "_fingerprint", lambda: "other")
    with pytest.raises(pytest.fail.Exception, match="drawn again"):
        all_scenes.generated("A", SMALL, tmp_path)


def test_scenes_of_an_interrupted_run_are_drawn_again(tmp_path):
    first, *_ = all_scenes.generated("A", SMALL, tmp_path)
    first.photo.write_bytes(b"a part")
    first.photo.with_name("index.json").unlink()

    again, *_ = all_scenes.generated("A", SMALL, tmp_path)

    with Image.open(again.photo) as photo:
        assert photo.size == size(SMALL)
