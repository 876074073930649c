"""Limits of the readers' time and memory on 100,000 sentences."""

import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks/reading.py"


@pytest.mark.long
@pytest.mark.parametrize("name", ["conll", "json_tags", "json_spans", "pubtator", "span_table"])
def test_100000_sentences_are_read_within_limits_of_time_and_memory(name, tmp_path):
    spec = importlib.util.spec_from_file_location("reading_benchmark", BENCHMARK)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    path = tmp_path / "corpus.txt"
    path.write_text("".join(benchmark.WRITERS[name](benchmark.N_SENTENCES)))
    result = benchmark.measure_reading(path)
    assert result["mentions"] > 100_000
    assert result["cpu_seconds"] < 5  # not wall time, which others on the machine lengthen
    assert result["peak_mb"] < 500
