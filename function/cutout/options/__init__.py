"""The record of options and its spellings.

* record      `Options`, valid when made
* text        each value as text, read and written
* canonical   the record as JSON, versioned: what queues, batches and names of results hold
* removebg, rembg, command_line    the spellings of those who ask
* presets     marketplaces' rules
"""
