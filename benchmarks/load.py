"""Load the dashboard with many sessions over its websocket: ``python benchmarks/load.py``.

The app is the real one, in a process of its own, with 1,000 studies in its store. A session speaks the
protocol of Streamlit's page: it opens Budget, then sets the goal again and again, and waits for the end of
each rerun. All sessions act at the same moment, without a pause: the worst case for so many. With ``--think``
each pauses as people do. Messages are received, not drawn. The first three sessions find a server that has
computed nothing yet.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote_plus

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "study")]

from benchmarks.store import create_studies  # noqa: E402
from bioner_core.study.provenance import describe_devices  # noqa: E402
from tools.pictures import start_app  # noqa: E402

RUNS = ("ecir2020", "four-corpora-probe", "study 0001")  # that the sessions look at, in turn
GOALS = tuple(range(80, 99))  # % of full F1
PATIENCE = 300  # s until an answer is taken for lost


def main() -> None:
    """Print and store seconds from an action to the end of its rerun, and the server's memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="*", default=[3, 20, 50])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--clicks", type=int, default=4, help="of each session, after opening the page")
    parser.add_argument("--think", type=float, default=0, help="mean pause before each click, in seconds")
    parser.add_argument("--label", default="load", help="name of the JSON file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNS", "CORPORA", "SETTINGS"):
            os.environ[f"BIONER_{name}"] = f"{folder}/{name.lower()}"
        create_studies(args.studies, with_counts=True)
        with start_app() as address:
            server = next(child for child in psutil.Process().children() if "streamlit" in child.cmdline())
            figures = {
                "what": f"{args.studies} studies stored; seconds from an action to the end of its rerun",
                "think_seconds": args.think,
                "sessions": {str(n): asyncio.run(_load(address, n, args, server)) for n in args.sessions},
                "machine": describe_devices(),
            }
    print(json.dumps(figures, indent=1))
    path = Path(__file__).with_name("results") / f"{args.label}.json"
    path.write_text(json.dumps(figures, indent=1) + "\n")


async def _load(address: str, n: int, args: argparse.Namespace, server: psutil.Process) -> dict[str, object]:
    """Run n sessions at once; return the seconds of their openings and clicks."""
    before, cpu = server.memory_info().rss, sum(server.cpu_times()[:2])
    begin = time.perf_counter()
    rows = await asyncio.gather(*(_act(address, number, args) for number in range(n)))
    openings, clicks = [row[0] for row in rows], [seconds for row in rows for seconds in row[1:]]
    await asyncio.sleep(1)
    cpu = sum(server.cpu_times()[:2]) - cpu
    return {
        "opening": _summarize(openings),
        "click": _summarize(clicks),
        "seconds_in_all": round(time.perf_counter() - begin, 1),
        "server_cpu_ms_a_rerun": round(1000 * cpu / (len(openings) + len(clicks)), 1),
        "memory_mb": [round(size / 1e6) for size in (before, server.memory_info().rss)],
    }


async def _act(address: str, number: int, args: argparse.Namespace) -> list[float]:
    """Open Budget in a new session and set other goals in its address; return the seconds of each."""
    rng, run = random.Random(number), quote_plus(RUNS[number % len(RUNS)])
    url = address.replace("http", "ws", 1) + "_stcore/stream"
    async with connect(url, subprotocols=["streamlit"], max_size=None, open_timeout=PATIENCE) as socket:
        seconds = [await _rerun(socket, f"run={run}")]
        for goal in rng.sample(GOALS, args.clicks):
            await asyncio.sleep(rng.expovariate(1 / args.think) if args.think else 0)
            seconds.append(await _rerun(socket, f"run={run}&reach={goal}"))
    return seconds


async def _rerun(socket: ClientConnection, query: str) -> float:
    """Ask for a rerun and return the seconds until its end."""
    message, begin = BackMsg(), time.perf_counter()
    message.rerun_script.query_string = query
    await socket.send(message.SerializeToString())
    answer, n_errors = ForwardMsg(), 0
    while answer.WhichOneof("type") != "script_finished":
        answer.ParseFromString(await asyncio.wait_for(socket.recv(decode=False), PATIENCE))
        n_errors += answer.delta.new_element.WhichOneof("type") == "exception"
    assert not n_errors, "the page shows an error"
    return time.perf_counter() - begin


def _summarize(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "n": len(ordered),
        "p50": round(ordered[len(ordered) // 2], 2),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
        "max": round(ordered[-1], 2),
    }


if __name__ == "__main__":
    main()
