"""What a course makes of results: marks, and how much of a result its students see. Data in, data out.

`file` reads a course file, `rules` is what it holds, `late`, `marks` and `reveal` apply it, `told` puts it into words.
Nothing here opens a run: `grader.held` does.
"""
