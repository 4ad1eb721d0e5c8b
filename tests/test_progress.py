import sys

from protestspread.progress import progress


def test_it_passes_everything_on_and_is_quiet_in_a_pipeline(capsys):
    assert list(progress(range(3), "counting")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_notebook_without_widgets_gets_a_bar_of_text_and_no_warning(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert list(progress(range(3), "counting")) == [0, 1, 2]
    assert capsys.readouterr().out == ""


def test_the_environment_can_switch_it_off(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    shown = progress(range(3), "counting")
    monkeypatch.setattr("tqdm.std.tqdm.display", lambda *_, **__: sys.stderr.write("bar"))
    assert list(shown) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
