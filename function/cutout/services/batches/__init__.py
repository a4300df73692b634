"""A batch: from a prefix, a manifest or an inventory of S3 to cutouts and a list of them.

plan says what there is to do, work does some of it, and gather lists what became of it.
"""
