"""The record of options and its spellings.

* values      lengths, points, regions and other values of options
* quality     what fast, standard and best imply
* record      `Options`, valid when made
* grammar     how each kind of value is written as text
* text        each option as text, read and generated
* canonical   the record as JSON with a version, which queues, batches and names of results hold
* removebg, rembg, command_line    the names that the clients of each use
* presets     the rules of marketplaces
* former      the identity that options had in version 0.1.0
"""
