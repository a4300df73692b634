import threading

import numpy as np
import onnx
import pytest
from onnx import helper
from PIL import Image

from cutout import errors
from cutout.engine.models import Models
from cutout.engine.session import Session
from tests.networks import network
from tools.time_limits import limit_s


def node(kind, *inputs, **attributes):
    return helper.make_node(kind, inputs, ["map"], **attributes)


def test_the_red_test_network_finds_red(red_folder, red_disc):
    prediction = Session(red_folder / "red.onnx", threads=1).predict(red_disc[0])

    assert prediction.shape == (32, 32)
    assert prediction[16, 16] > 0.95
    assert prediction[0].max() < 0.05


def test_the_model_card_is_read_from_the_onnx_file(red_folder):
    card = Session(red_folder / "red.onnx", threads=1).card

    assert (card.name, card.version, card.size) == ("red", "3", 32)


def test_the_error_for_a_file_without_a_card_names_the_command(red_folder, tmp_path):
    model = onnx.load(red_folder / "red.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")

    with pytest.raises(errors.UnusableModel, match=r"`cutout models add bare\.onnx` writes one"):
        Models([tmp_path], "bare", 1).session()


def test_a_file_that_is_no_onnx_model_is_refused(tmp_path):
    (tmp_path / "junk.onnx").write_bytes(b"not a network")

    with pytest.raises(errors.UnusableModel, match=r"junk\.onnx"):
        Models([tmp_path], "junk", 1).session()


def test_a_card_that_does_not_fit_its_network_is_refused(red_folder, tmp_path):
    model = onnx.load(red_folder / "red.onnx")
    helper.set_model_props(model, {"name": "red", "size": "64", "mean": "0,0,0", "std": "1,1,1"})
    onnx.save(model, tmp_path / "wide.onnx")

    with pytest.raises(errors.UnusableModel, match="64"):
        Models([tmp_path], "wide", 1).session()


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": "0,0"}, {"std": "1,0,1"}, {"std": "one"}, {"size": ""}, {"name": "m\u00fcll"},
        {"name": "a\nb"}, {"name": ""}, {"name": "red "}, {"version": "1\r\nb: c"}, {"version": ""},
    ],
)  # fmt: skip
def test_an_invalid_card_is_refused(red_folder, tmp_path, wrong):
    model = onnx.load(red_folder / "red.onnx")
    card = {"name": "red", "size": "32", "mean": "0,0,0", "std": "1,1,1"}
    helper.set_model_props(model, card | wrong)
    onnx.save(model, tmp_path / "odd.onnx")

    with pytest.raises(errors.UnusableModel, match=r"odd\.onnx has no complete card"):
        Models([tmp_path], "odd", 1).session()


@pytest.mark.parametrize("side", [1, 15, 2049, 10_000])
def test_a_network_for_pictures_of_an_absurd_size_is_refused(tmp_path, side):
    path = network(tmp_path / "own.onnx", [node("Identity", "first")], side=side)

    with pytest.raises(errors.UnusableModel, match="16 to 2048 px"):
        Session(path, 1)


@pytest.mark.parametrize(
    ("nodes", "constants", "sentence"),
    [
        ([node("Mul", "first", "k")], {"k": 255}, r"values from \S+ to 255, not from 0 to 1"),
        ([node("Sub", "first", "k")], {"k": 1}, r"values from \S+ to 0, not from 0 to 1"),
        ([node("Div", "zero", "zero")], {"zero": np.zeros((1, 1, 32, 32))}, "values from nan"),
        ([node("Div", "first", "k")], {"k": 0}, "values from nan|inf"),
        ([node("Tile", "first", "two")], {}, r"map is .*\[1, 1, 64, 64\]"),
        ([node("Squeeze", "first")], {}, r"own\.onnx: .*map is"),
        ([node("Concat", "first", "first", axis=1)], {}, r"own\.onnx: .*map is .*\[1, 2,"),
        ([node("MatMul", "first", "k")], {"k": np.zeros((7, 32))}, r"own\.onnx fails on a picture"),
    ],
)
def test_a_network_whose_output_is_no_saliency_map_is_refused(tmp_path, nodes, constants, sentence):
    two = helper.make_node("Constant", [], ["two"], value_ints=[1, 1, 2, 2])
    path = network(tmp_path / "own.onnx", [two, *nodes], **constants)

    with pytest.raises(errors.UnusableModel, match=sentence):
        Session(path, 1).try_out()


@pytest.mark.parametrize("change", [{"inputs": ("image", "other")}, {"shape": (1, 3, "S")}])
def test_a_network_with_other_inputs_is_refused(tmp_path, change):
    path = tmp_path / "own.onnx"

    with pytest.raises(errors.UnusableModel, match=r"own\.onnx"):
        Session(network(path, [node("Identity", "first")], **change), 1)


def test_a_network_that_rounds_a_little_beyond_1_is_used(tmp_path):
    path = network(tmp_path / "own.onnx", [node("Mul", "first", "k")], k=1.004)

    Session(path, 1).try_out()


def test_the_error_for_an_empty_model_folder_names_the_command(tmp_path):
    with pytest.raises(errors.ModelsMissing, match="run `make models` first"):
        Models([tmp_path], "u2net", 1).session()


@pytest.mark.parametrize("name", ["blue", "../red", "/etc/passwd", "xxredxx"])
def test_the_error_for_an_unknown_model_lists_the_known_models(red_folder, name):
    with pytest.raises(errors.UnknownModel, match="have red"):
        Models([red_folder], "red", 1).session(name)


def test_a_model_is_downloaded_once_on_its_first_use(red_folder):
    gotten = []

    def get():
        gotten.append("red")
        return red_folder / "red.onnx"

    models = Models([], "red", 1, {"red": get})
    models.check("red")
    assert gotten == []

    assert models.session() is models.session("red")
    assert gotten == ["red"]


def test_the_error_for_an_unknown_model_lists_the_downloadable_models(red_folder):
    models = Models([red_folder], "red", 1, {"blue": lambda: red_folder / "blue.onnx"})

    with pytest.raises(errors.UnknownModel, match="have blue, red"):
        models.check("green")


def test_a_local_model_file_has_precedence_over_a_download(red_folder):
    models = Models([red_folder], "red", 1, {"red": lambda: pytest.fail("was gotten")})

    assert models.session().card.name == "red"


def test_a_loaded_model_predicts_while_another_is_downloaded(red_folder):
    asked, may_go_on = threading.Event(), threading.Event()

    def get():
        asked.set()
        may_go_on.wait()
        return red_folder / "red.onnx"

    models = Models([red_folder], "red", 1, {"slow": get})
    loaded = models.session("red")
    thread = threading.Thread(target=models.session, args=("slow",))
    thread.start()
    asked.wait()

    again = []
    other = threading.Thread(target=lambda: again.append(models.session("red")))
    other.start()
    other.join(timeout=limit_s(10))
    answered = list(again)
    may_go_on.set()
    thread.join()
    other.join()

    assert answered == [loaded]


def test_a_later_folder_overrides_a_model(red_folder, tmp_path):
    model = onnx.load(red_folder / "red.onnx")
    helper.set_model_props(
        model, {"name": "red", "version": "9", "size": "32", "mean": "0,0,0", "std": "1,1,1"}
    )
    onnx.save(model, tmp_path / "red.onnx")

    assert Models([red_folder, tmp_path], "red", 1).session().card.version == "9"


def test_concurrent_threads_share_one_session(red_folder):
    models = Models([red_folder], "red", 1)
    gate = threading.Barrier(8)
    sessions = []

    def ask():
        gate.wait()
        sessions.append(models.session())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, sessions))) == 1


def test_concurrent_predictions_equal_those_of_one_thread(red_folder, red_disc):
    session = Session(red_folder / "red.onnx", threads=1)
    photos = [red_disc[0], red_disc[0].rotate(90), Image.new("RGB", (50, 40), (9, 0, 0))]
    alone = [session.predict(photo) for photo in photos]
    wrong = []

    def predict(index):
        for _ in range(20):
            if not np.array_equal(session.predict(photos[index]), alone[index]):
                wrong.append(index)

    threads = [threading.Thread(target=predict, args=(i % 3,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
