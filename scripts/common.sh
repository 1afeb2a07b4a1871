# shellcheck shell=bash
# Sourced by the other scripts; changes to the root of the checkout. Works with macOS's bash 3.2.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
# shellcheck disable=SC2034 # for scripts/pythons
cache=${XDG_CACHE_HOME:-$HOME/.cache}/storytime

say() { echo "${0##*/}: $*" >&2; }
die() { say "$@"; exit 1; }

# Prints the lines of constraints.txt that pin a distribution, with its hashes.
pinned() { awk -v name="$1==" '/^[^ #]/ { on = index($0, name) == 1 } on' constraints.txt; }

# Puts uv on PATH. Uses the one that is there if it is new enough (see [tool.uv] in pyproject.toml); otherwise installs
# the locked version with pip, in a folder of its own.
ensure_uv() {
    # By default uv trusts only its own list of certificate authorities; the system's includes a company's own.
    export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
    if uv cache dir >/dev/null 2>&1; then return; fi
    local home fresh index pip=(python3 -m pip)
    home=$cache/uv-$(pinned uv | cksum | cut -d' ' -f1)
    if ! "$home/bin/uv" --version >/dev/null 2>&1; then
        say "installing uv"
        mkdir -p "$cache"
        fresh=$(mktemp -d "$cache/uv.XXXXXX")
        if ! "${pip[@]}" --version >/dev/null 2>&1; then
            if ! python3 -m venv "$fresh/venv" >/dev/null 2>&1; then
                rm -rf "$fresh"
                die "expected uv, or python3 with pip or venv, on PATH: install uv (https://docs.astral.sh/uv) and try again"
            fi
            pip=("$fresh/venv/bin/python" -m pip)
        fi
        pinned uv >"$fresh/requirements.txt"
        PIP_ROOT_USER_ACTION=ignore "${pip[@]}" install --quiet --disable-pip-version-check --no-deps --require-hashes \
            --target "$fresh" --requirement "$fresh/requirements.txt" >&2 || die "pip could not install uv (above)"
        rm -rf "$home" && mv "$fresh" "$home" # all or nothing, even if interrupted
    fi
    export PATH=$home/bin:$PATH
    # This uv has no configuration, so give it the index that pip uses.
    if index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null)}; then
        export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
    fi
}

# Puts the Pythons of pyproject.toml's classifiers (or those named) first on PATH.
ensure_pythons() {
    ensure_uv
    local folder
    folder=$(scripts/pythons "$@")
    export PATH=$folder:$PATH
}

# Makes .venv, with storytime (from this checkout) and nox, at the locked versions.
ensure_venv() {
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' 2>/dev/null; then
        ensure_pythons 3.14
        uv venv --quiet --clear --python python3.14 .venv
    fi
    ensure_installed storytime --editable . nox
}

# ensure_installed NAME ARGUMENTS: runs `uv pip install ARGUMENTS` in .venv, unless it did so before and neither
# pyproject.toml nor constraints.txt has changed since.
ensure_installed() {
    local stamp=.venv/.installed-$1 state
    state="$root $(cat pyproject.toml constraints.txt | cksum)"
    if [[ -f $stamp && $(<"$stamp") == "$state" ]]; then return; fi
    ensure_uv
    say "installing $1 into .venv"
    uv pip install --quiet --python .venv/bin/python --constraints constraints.txt --build-constraints constraints.txt \
        "${@:2}"
    echo "$state" >"$stamp"
}
