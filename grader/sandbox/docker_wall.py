"""The docker wall: a fresh container a submission, taken from a pool started ahead.

    grader ---- API: create, attach, start, inspect, remove ------------------------------------> engine
       \\------- attached stream: frames to the worker's stdin and from its stdout, in packets ---/

How a container is locked up: `container.py`. The grader keeps the deadlines: at one it removes the container, and never
waits for an end of file. Containers are labelled with the process that they belong to: leaving the wall removes its own,
and what a killed grader left is removed by the next one on the same machine.
"""
