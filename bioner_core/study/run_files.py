"""The names of the files in a run's folder."""

STUDY_FILE = "study.json"  # the plan and its provenance
POINTS_FILE = "points.jsonl"  # a line for each point
FAILURES_FILE = "failures.jsonl"  # a line for each failed job
COUNTS_FOLDER = "counts"  # <job id>.npz: counts of each test sentence
CORPORA_FOLDER = "corpora"  # <name>.jsonl: copies of the corpora
EXTERNAL_FOLDER = "external"  # <id>.json, .npz: results of systems that are not trained here
LOCK_FILE = "worker.lock"  # held by the process that writes to the run
LEASE_FOLDER = "lease"  # in its place on a network disk
PROGRESS_FILE = "progress.json"  # how far the worker is
LOG_FILE = "worker.log"
CANCEL_FILE = "cancel"  # exists after a request to stop
PAUSE_FILE = "paused"  # exists while the worker shall begin no further model
PRIORITY_FILE = "priority"  # high or low among the studies of this machine; normal where it is absent
BACKEND_FILE = "backend"  # where the run is trained; this machine where it is absent
INBOX_FOLDER = "inbox"  # jobs and results of the workers of a Slurm array
ANNOTATION_FILE = "annotation.json"  # unannotated documents and annotation time of the upload
ESTIMATE_FILE = "estimate.json"  # the runs that the first estimate of the upload learned from
