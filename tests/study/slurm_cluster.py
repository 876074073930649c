"""A small Slurm cluster of this machine: munged, slurmctld and slurmd with files of their own."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmdSpoolDir={folder}/spool
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def list_missing_daemons():
    return [name for name in DAEMONS if not shutil.which(name, path=f"/usr/sbin:{os.environ['PATH']}")]


@contextmanager
def start_slurm(folder):
    """Start the cluster; yield the path of its configuration for SLURM_CONF."""
    for name in ("spool", "state"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o600)
    values = {"host": platform.node(), "user": "root", "folder": folder, "ports": find_ports(2)}
    (folder / "slurm.conf").write_text(CONFIGURATION.format(**values))
    environment = {
        **os.environ,
        "SLURM_CONF": str(folder / "slurm.conf"),
        "PATH": f"/usr/sbin:{os.environ['PATH']}",
    }
    names = {
        "key-file": "munge.key",
        "socket": "munge.socket",
        "pid-file": "munged.pid",
        "log-file": "munged.log",
    }
    options = [f"--{option}={folder / name}" for option, name in {**names, "seed-file": "seed"}.items()]
    try:
        subprocess.run(["munged", "--force", *options], check=True, env=environment)
        for daemon in DAEMONS[1:]:
            subprocess.run([daemon], check=True, env=environment)
        end = time.monotonic() + 30
        while b"idle" not in subprocess.run(["sinfo"], capture_output=True, env=environment).stdout:
            assert time.monotonic() < end, (folder / "slurmctld.log").read_text()[-2000:]
            time.sleep(0.5)
        yield folder / "slurm.conf"
    finally:
        for daemon in reversed(DAEMONS):
            with suppress(OSError, ValueError):
                os.kill(int(Path(folder / f"{daemon}.pid").read_text()), signal.SIGTERM)


def find_ports(n):
    """Return free ports of this machine."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [free.getsockname()[1] for free in sockets]
    for free in sockets:
        free.close()
    return ports
