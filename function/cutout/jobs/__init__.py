"""Jobs: submit, worker and results; uploads, webhooks and retention.

Their items of the state table, whose attribute names are fixed as those of `cutout.credits` are:

    pk                       sk         attributes
    job#ID                   job        state, order, created_at, expires_at, holder, until,
                                        outcome, error, is_deleted, is_notified, is_counted
    job-key#HASH             job-key    job_id, request, expires_at
    upload#ID                upload     owner, etag, is_used, ends_at, expires_at
    webhook#ID               delivery   state, attempts, first_ms, due_ms, account, expires_at
    webhook#ID               attempt#N  number, at, status, error, ms, expires_at
    backlog#NAME#DAY         backlog    open, webhooks, expires_at
    receiver#NAME#HASH       receiver   failures, paused_ms, expires_at
    receivers#NAME#MINUTE    receivers  slow_ms, expires_at
"""
