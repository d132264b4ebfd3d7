"""One result, several readers: a file a format, each a pure function from plain data to text.

Student pages (`feedback`), the class page (`class_page`), `grades_csv`, `results_json` and the terminal (`text`) speak
to one reader each. All text from outside goes through `escape`. Only `text` is imported by a student's self-check, so
this package imports neither jinja2 nor matplotlib by itself.
"""
