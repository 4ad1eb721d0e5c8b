from protestspread.progress import progress


def test_it_passes_everything_on_and_is_quiet_in_a_pipeline(capsys):
    assert list(progress(range(3), "counting")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
