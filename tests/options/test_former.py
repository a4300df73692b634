"""The identity of version 0.1.0, as its `repr` was."""

from dataclasses import dataclass

from cutout.options import former
from cutout.options.record import Options


def test_pictures_are_left_out_as_they_were():
    assert former.identity(Options(backdrop=b"a")) == former.identity(Options())


def test_edges_that_are_not_named_were_fast_in_it():
    assert "edges='fast'" in former.identity(Options())
    assert former.identity(Options(edges="fast")) == former.identity(Options())


def test_options_that_it_did_not_have_have_no_identity():
    @dataclass(frozen=True)
    class LaterOptions(Options):
        outline: float = 0

    assert former.identity(LaterOptions()) == former.identity(Options())
    assert former.identity(LaterOptions(outline=4)) == ""
    assert former.identity(Options(quality="best")) == ""
