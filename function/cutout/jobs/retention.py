"""How long files, table items and links live, and the sweep that deletes files past their time."""

from cutout.ports import Bucket, Clock

LINK_S = 10 * 60  # presigned URLs and upload forms
# Presigned URLs for visitors. S3 counts no downloads, so that only a URL's end bounds how often a
# result of 165 MB is read; the page reads it at once. S3 checks the time when a download starts.
VISITOR_LINK_S = 60
UPLOAD_S = 50 * 60  # photos and their results: with five minutes between sweeps, under an hour
UPLOAD_ID_S = 24 * 60 * 60  # upload ids: until then a deleted upload answers "gone", not "unknown"
JOB_S = 24 * 60 * 60  # jobs with their pictures and results
JOBS_FOLDER = "jobs/"


def sweep(bucket: Bucket, clock: Clock) -> int:
    """Delete the files that are past their time. Returns how many there were."""
    now = clock()
    old = [file.name for file in bucket.files("") if file.modified_at < now - _kept_s(file.name)]
    bucket.delete(old)
    return len(old)


def _kept_s(name: str) -> int:
    return JOB_S if name.startswith(JOBS_FOLDER) else UPLOAD_S
