"""The Harmonized System, from the user's own tables.

files of the user
    │  tables     rows of known tables → editions, sections and pairs of codes
    │  model      those → XKOS in Turtle
    ▼
imported        a store in the user's data directory, which also holds the graph
    │
    ├─ codes      codes and years that a question is asked with → errors that name what was meant
    └─ convert    a table with codes of one edition → the same table with those of another
"""
