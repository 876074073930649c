"""Charts in the form in which Streamlit sends them fastest: their data apart, as Arrow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from bioner_core.charts.palette import Spec

MIN_ROWS = 10  # of a layer's own data; fewer stay in the specification


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart, kept for all sessions; nobody may change it."""

    spec: Spec  # whole, as pictures need it
    sent: Spec = field(init=False)  # with its data by name

    def __post_init__(self) -> None:
        """Part the data from the specification: else Streamlit writes and reads both at each rerun."""
        datasets: dict[str, bytes] = {}
        sent = {
            key: _name_data(value, datasets) if key == "data" else value for key, value in self.spec.items()
        }
        sent["layer"] = [
            {**layer, "data": _name_data(layer["data"], datasets)} if _is_long(layer) else layer
            for layer in self.spec["layer"]
        ]
        object.__setattr__(self, "sent", {**sent, "datasets": datasets})


def _is_long(layer: Spec) -> bool:
    return len(layer.get("data", {}).get("values", ())) >= MIN_ROWS


def _name_data(data: Mapping[str, list[Spec]], datasets: dict[str, bytes]) -> Mapping[str, object]:
    """Add data to the datasets, equal ones once; return what stands for them."""
    table = pa.Table.from_pylist(data["values"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = sink.getvalue().to_pybytes()
    name = next((name for name, other in datasets.items() if other == content), f"data {len(datasets)}")
    datasets[name] = content
    return {"name": name}
