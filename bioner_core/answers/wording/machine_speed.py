"""The measured speed of a machine in words: which number format and how many processes are fastest."""

from bioner_core.study.machine_speed import MIN_GAIN, MachineSpeed

MAX_BUSY_SHARE = 0.2  # of other programs; beyond it the trial should be repeated


def list_speed_rows(speed: MachineSpeed) -> list[dict[str, object]]:
    """Return a row for each way that was measured."""
    return [
        {
            "dtype": way.dtype,
            "processes": way.n_processes,
            "threads": way.n_threads,
            "sentences_per_second": way.sentences_per_second,
            "chosen": "yes" if way == speed.choose(way.dtype) else "no",
        }
        for way in speed.speeds
    ]


def describe_machine_speed(speed: MachineSpeed) -> str:
    """Return what the speeds mean: what is chosen by itself, and what the user may choose."""
    n = speed.choose_n_processes("float32")
    sentences = [
        f"Studies here fine-tune in {_format_processes(n, speed.n_cores // n)}.",
        describe_bfloat16_gain(speed) or "No other number format is clearly faster here.",
    ]
    if speed.busy_share > MAX_BUSY_SHARE:
        sentences.append(
            f"Other programs used {speed.busy_share:.0%} of the processor time meanwhile: measure again when "
            "they have ended."
        )
    return " ".join(sentences)


def describe_bfloat16_gain(speed: MachineSpeed | None) -> str:
    """Return how much less time bfloat16 takes; "" where that is not much, or not measured."""
    gain = speed.bfloat16_gain if speed else None
    if not gain or gain < MIN_GAIN:
        return ""
    return (
        f"Fine-tuning in bfloat16 is {gain:.1f} times as fast as in float32 here. Nobody has compared their "
        "F1 over several seeds, so float32 stays the default. To use bfloat16, choose it on Train, or add "
        "--dtype bfloat16."
    )


def _format_processes(n: int, n_threads: int) -> str:
    """Return processes and the threads of each.

    >>> _format_processes(1, 8)
    '1 process of 8 threads'
    """
    return f"{n} process{'es' * (n > 1)} of {n_threads} thread{'s' * (n_threads > 1)}"
