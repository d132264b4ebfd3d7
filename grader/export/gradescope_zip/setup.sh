#!/usr/bin/env bash
# Run once by Gradescope, as root, when it builds the image. With AUTOGRADER_PYTHON, a Python that has everything already,
# nothing is installed.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
cd "$root/source"

if [ -z "${AUTOGRADER_PYTHON:-}" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    for version in python3.13 python3.12 python3.11; do
        if apt-get install -q -y --no-install-recommends "$version" "$version-venv"; then
            python=$version
            break
        fi
    done
    if [ -z "${python:-}" ]; then
        echo "the grader needs Python 3.11 or newer: choose a newer base image, such as Ubuntu 24.04" >&2
        exit 1
    fi
    "$python" -m venv "$root/venv"
    "$root/venv/bin/python" -m pip install --disable-pip-version-check -r requirements.txt
fi

# What a submission must not read if it runs as nobody in the same machine: the answers, the seed. It needs the worker's
# files, and no more.
chmod -R go-rwx .
chmod go+x . grader
chmod -R go+rX grader/sandbox
