"""A button that copies the address of a view; copy_link.js listens to it."""

import html

import streamlit as st


def offer_link(link: str) -> None:
    """Draw the button.

    :param link: the address to copy.
    """
    st.html(
        f'<div class="copy-link" data-link="{html.escape(link)}"><button type="button">Copy link</button>'
        '<span role="status"></span></div>',
        width="content",
    )
