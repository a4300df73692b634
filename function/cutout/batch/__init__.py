"""Many pictures: batches on S3 and of folders."""
