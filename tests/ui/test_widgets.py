"""Shared widgets: synchronised with the address, escaped names, errors without tracebacks."""

import pytest
from streamlit.testing.v1 import AppTest

from bioner_core.files import locate_cache_folder


def draw_chooser():
    import streamlit as st

    from bioner_core.ui.shared.address import bind_to_address, parse_number, parse_option

    bind_to_address("colour", parse_option(["red", "blue"]), default="red", what="colour")
    st.selectbox("Colour", ["red", "blue"], key="colour")
    bind_to_address("reach", parse_number(50, 99.9), default=99.0, what="share")
    st.slider("Reach", 50.0, 99.9, step=0.1, key="reach")


@pytest.fixture
def page():
    return AppTest.from_function(draw_chooser)


def read_values(page):
    return page.selectbox(key="colour").value, page.slider(key="reach").value


def test_defaults_are_not_written_into_the_address(page):
    page.run()
    assert read_values(page) == ("red", 99.0)
    assert page.query_params == {}


def test_an_address_sets_the_widgets(page):
    page.query_params["colour"] = "blue"
    page.query_params["reach"] = "95.5"
    page.run()
    assert read_values(page) == ("blue", 95.5)
    assert not page.warning


def test_a_choice_is_written_into_the_address_and_a_default_is_removed(page):
    page.run()
    page.selectbox(key="colour").set_value("blue").run()
    assert page.query_params == {"colour": "blue"}
    page.selectbox(key="colour").set_value("red").run()
    assert page.query_params == {}


def test_going_back_in_the_browser_undoes_a_choice(page):
    page.run()
    page.selectbox(key="colour").set_value("blue").run()
    del page.query_params["colour"]
    page.run()
    assert read_values(page) == ("red", 99.0)


def test_an_address_with_unknown_values_is_answered_with_a_warning(page):
    page.query_params["colour"] = "<b>*pink*</b>"
    page.query_params["reach"] = "nan"
    page.run()
    assert read_values(page) == ("red", 99.0)
    assert [w.value for w in page.warning] == [
        r"The address asks for the colour “\<b\>\*pink\*\</b\>”, which is not available here. "
        "Shown instead: red.",
        "The address asks for the share “nan”, which is not available here. Shown instead: 99.0.",
    ]
    assert page.query_params == {}


def draw_choosers():
    import streamlit as st

    from bioner_core.ui.shared.widgets import choose_several

    st.write(choose_several("Fruit", ["apple", "pear", "fig"], titles={}, hint=""))


def test_multiple_choices_are_joined_in_the_address_and_going_back_undoes_them():
    page = AppTest.from_function(draw_choosers)
    page.query_params["fruit"] = "pear,plum"
    page.run()
    fruit = page.multiselect(key="fruit")
    assert fruit.value == ["pear"]
    assert [w.value for w in page.warning] == [
        "The address asks for fruit that are not available here: “plum”."
    ]
    assert page.query_params == {"fruit": "pear"}
    fruit.set_value(["pear", "apple"]).run()
    assert page.query_params == {"fruit": "pear,apple"}
    page.query_params["fruit"] = "pear"
    page.run()
    assert page.multiselect(key="fruit").value == ["pear"]
    page.multiselect(key="fruit").set_value([]).run()
    assert page.query_params == {}
    assert not page.warning


def raise_user_error():
    from bioner_core.errors import BionerError
    from bioner_core.ui.shared.shell import show_faults

    with show_faults():
        raise BionerError("notes.conll, line 2: found <i>1</i> column.")


def raise_bug():
    from bioner_core.ui.shared.shell import show_faults

    with show_faults():
        raise ZeroDivisionError("sec" + "ret")


def test_a_user_error_is_displayed_with_markup_escaped():
    page = AppTest.from_function(raise_user_error).run()
    assert [e.value for e in page.error] == [r"notes.conll, line 2: found \<i\>1\</i\> column."]


def test_a_fault_is_displayed_without_its_traceback_and_names_the_log(monkeypatch, tmp_path):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    page = AppTest.from_function(raise_bug).run()
    assert not page.exception
    [error] = page.error
    assert error.value.startswith("The program has an error (ZeroDivisionError); you did nothing wrong. ")
    assert error.value.replace("\\", "").endswith(f"at the end of {locate_cache_folder() / 'app.log'}.")
    assert "secret" not in error.value
    log = (locate_cache_folder() / "app.log").read_text()
    assert log.rstrip().endswith("ZeroDivisionError")
    assert "in raise_bug" in log
    assert "secret" not in log  # an error's own words may hold text of a corpus
