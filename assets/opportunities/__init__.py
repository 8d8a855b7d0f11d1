"""Stage 4: which businesses and partners should meet, ranked and explained: `mart.opportunity` and what is behind it.

`assets/ranking/ontology` says what each kind of body offers, needs and cares about; `affinity.sql` turns it into a fit of kinds;
`shortlist.sql` scores bodies; `lists.py` picks varied lists; `opportunity.sql` puts them into words;
`advice.sql` adds risks, benefits, themes and what to count.
"""
