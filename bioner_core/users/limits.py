"""Limits of a user: room on the disk, studies at once, and where they may train."""

from collections.abc import Callable

from bioner_core.errors import BionerError
from bioner_core.users.current import find_user


def check_room(n_bytes: int = 0) -> None:
    """Check the disk before ``n_bytes`` are stored. :raises BionerError: the user's home is full."""
    user = find_user()
    if user is None or user.max_bytes is None or user.home is None:
        return
    n_used = user.count_bytes()
    if n_used + n_bytes >= user.max_bytes:
        raise BionerError(
            f"no room: your runs, corpora and uploads have {n_used / 1e9:.2f} GB, and each user may have "
            f"{user.max_bytes / 1e9:g} GB. Delete some of them, or ask an administrator for more."
        )


def check_studies(count_live: Callable[[], int]) -> None:
    """Check how many studies train or wait before one more starts. :raises BionerError: it is too many.

    :param count_live: counts those of the current user; called only where there is a limit.
    """
    user = find_user()
    if user is None or user.max_studies is None or (n_live := count_live()) < user.max_studies:
        return
    raise BionerError(
        f"{n_live} of your studies train or wait, and each user may have {user.max_studies} at once. Wait "
        "until one has ended, or cancel one on Runs; then start again. The plan is kept."
    )


def check_place(place: str) -> None:
    """Check where a study shall train, beside this machine.

    A cluster gets the server's token, and can run code on the server by what it answers. So users choose
    among those that an administrator trusts.

    :param place: as ``--backend`` names it.
    :raises BionerError: it is none of them.
    """
    user = find_user()
    if user is None or user.places is None or place in user.places:
        return
    raise BionerError(
        f"backend {place}: users of this server train on {', '.join(('local', *user.places))}. "
        "Choose one of them, or ask an administrator to add yours (bioner app --user-backend)."
    )


def check_connection() -> None:
    """Check who lets this program talk to an annotation tool.

    On a server with log-in the requests would come from the server, which reaches hosts and folders that its
    users do not.

    :raises BionerError: it is a user of such a server, and no administrator.
    """
    user = find_user()
    if user is not None and not user.is_admin:
        raise BionerError(
            "this server does not connect its users to annotation tools. Run the program on your own machine "
            "for that, or ask an administrator."
        )
