"""Parking: files of car parks, tariffs and streets to records of `parking`. Pure like all of `feeds`.

opening_hours  `Mo-Fr 07:00-22:00; Sa,Su 08:00-20:00` to minutes of the week and back
rows           a CSV table as rows that know their line
lots           car parks and their places
streets        streets to walk on
simulated      the car parks of the demo's district
tariffs        tariffs from TOML, JSON and CSV
"""
