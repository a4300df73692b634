"""Accounts, API keys, the ledger, rate limits and the allowance.

Stored tables outlive versions of this package, so their attribute names are fixed, whatever the
Python names are. The ledger table:

    pk              sk                            attributes
    account#NAME    balance                       quarters, rate_KEY (full_ms of the rate limit)
    account#NAME    key#ID                        hash, is_test, is_strict, note,
                                                  megapixels_per_minute, created_at, ends_at,
                                                  origins, networks (separated by spaces)
    account#NAME    entry#AT#RESERVATION#KIND     kind, quarters, charged, reservation, key_id,
                                                  note, granted
    account#NAME    webhook-secret#ID             secret, created_at, ends_at
    charge#NAME#ID  charge                        account, key_id, charge_id, quarters, state,
                                                  request (a fingerprint), reservation, holder,
                                                  due, due_at, settled_at

The state table, whose items expire:

    use#NAME#KEY         use                      used_at, expires_at
    allowance#DAY#HASH   allowance                calls, expires_at
    allowance#DAY#all    allowance                calls, closed_by_alarm, closed_by_budget,
                                                  expires_at
    free#NAME#KEY#DAY    free                     calls, expires_at

The other items of the state table are those of `cutout.jobs`.
"""
