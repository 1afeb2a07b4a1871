# shellcheck shell=bash
# Sourced by the scripts beside it, which start in the checkout's root. macOS's bash 3.2 has to do.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
# shellcheck disable=SC2034 # for scripts/pythons
cache=${XDG_CACHE_HOME:-$HOME/.cache}/storytime

say() { echo "${0##*/}: $*" >&2; }
die() { say "$@"; exit 1; }

# The lines of constraints.txt that pin one distribution, with its hashes.
pinned() { awk -v name="$1==" '/^[^ #]/ { on = index($0, name) == 1 } on' constraints.txt; }

# Puts uv on PATH: the one that is there if it is new enough ([tool.uv] in pyproject.toml), else the locked one, by pip,
# in a folder of its own.
bring_uv() {
    # uv asks only its own list of authorities by default; the system's also knows a company's.
    export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
    if uv cache dir >/dev/null 2>&1; then return; fi
    local home fresh index pip=(python3 -m pip)
    home=$cache/uv-$(pinned uv | cksum | cut -d' ' -f1)
    if ! "$home/bin/uv" --version >/dev/null 2>&1; then
        say "bringing uv"
        mkdir -p "$cache"
        fresh=$(mktemp -d "$cache/uv.XXXXXX")
        if ! "${pip[@]}" --version >/dev/null 2>&1; then
            if ! python3 -m venv "$fresh/venv" >/dev/null 2>&1; then
                rm -rf "$fresh"
                die "expected uv, or python3 with pip or venv, on PATH: install uv (https://docs.astral.sh/uv), try again"
            fi
            pip=("$fresh/venv/bin/python" -m pip)
        fi
        pinned uv >"$fresh/requirements.txt"
        PIP_ROOT_USER_ACTION=ignore "${pip[@]}" install --quiet --disable-pip-version-check --no-deps --require-hashes \
            --target "$fresh" --requirement "$fresh/requirements.txt" >&2 || die "pip could not install uv (above)"
        rm -rf "$home" && mv "$fresh" "$home" # whole or not at all, even if this is interrupted
    fi
    export PATH=$home/bin:$PATH
    # Nobody has set this uv up, so it asks the index that pip does.
    if index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null)}; then
        export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
    fi
}

# Puts the Pythons of pyproject.toml's classifiers (or those named) on PATH, before any other that goes by their names.
bring_pythons() {
    bring_uv
    local folder
    folder=$(scripts/pythons "$@")
    export PATH=$folder:$PATH
}

# Makes .venv, with storytime from this checkout and nox, as locked; takes no time where nothing changed.
bring_venv() {
    local stamp=.venv/.storytime state
    state="$root $(cat pyproject.toml constraints.txt | cksum)"
    if [[ -x .venv/bin/python && -f $stamp && $(<"$stamp") == "$state" ]]; then return; fi
    bring_uv
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' 2>/dev/null; then
        bring_pythons 3.14
        uv venv --quiet --clear --python python3.14 .venv
    fi
    say "installing storytime into .venv"
    uv pip install --quiet --python .venv/bin/python --constraints constraints.txt --build-constraints constraints.txt \
        --editable . nox
    echo "$state" >"$stamp"
}
