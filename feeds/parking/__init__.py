"""Parking: files of car parks and tariffs to `parking` records. Pure like all of `feeds`."""
