"""Who is logged in, how much room they use, and for administrators the list of users."""

import streamlit as st

from bioner_core.answers.wording.numbers import format_bytes
from bioner_core.ui.shared.tables import show_table
from bioner_core.ui.shared.widgets import show_facts
from bioner_core.users.current import find_user, list_owners


def show_users() -> None:
    """Show the user with their limits, and to an administrator all users; nothing without log-in."""
    user = find_user()
    if user is None:
        return
    st.header("You", anchor=False)
    room = f" of {format_bytes(user.max_bytes)}" if user.max_bytes else ""
    facts = {
        "Name": f"{user.name}, an administrator" if user.is_admin else user.name,
        "Others see you as": user.label,
        "Disk": f"{format_bytes(user.count_bytes())}{room}" if user.home else "the folders of the program",
        "Studies at once": f"{user.max_studies:,}" if user.max_studies else "no limit",
    }
    show_facts(facts)
    if user.is_admin:
        st.header("Users", anchor=False)
        rows = [
            {"User": owner.name, "Name in lists": owner.label, "Disk": format_bytes(owner.count_bytes())}
            for owner in list_owners()
            if owner.home
        ]
        show_table(rows or [{"User": "nobody has logged in yet"}], key="users")
