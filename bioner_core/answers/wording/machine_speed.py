"""The measured speed of a machine in words: which number format and how many processes are fastest."""

from bioner_core.study.machine_speed import MIN_GAIN, MachineSpeed, TrainingSpeed

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
    sentences = []
    if way := speed.choose("float32"):
        sentences.append(f"Studies here fine-tune in {_format_way(way)}.")
    sentences.append(describe_bfloat16_gain(speed) or "No other number format is clearly faster here.")
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


def _format_way(way: TrainingSpeed) -> str:
    """Return the processes and threads of a way.

    >>> _format_way(TrainingSpeed(dtype="float32", n_processes=1, n_threads=8, sentences_per_second=9.0))
    '1 process of 8 threads'
    """
    return (
        f"{way.n_processes} process{'es' * (way.n_processes > 1)} of {way.n_threads} "
        f"thread{'s' * (way.n_threads > 1)}"
    )
