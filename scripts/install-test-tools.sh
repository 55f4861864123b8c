#!/usr/bin/env bash
# Installs what the tests need beside Rust, if it is missing: by itself on Debian as root, elsewhere it says what.
set -euo pipefail

packages=()
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
command -v curl >/dev/null || packages+=(curl)
command -v valgrind >/dev/null || packages+=(valgrind)
command -v strace >/dev/null || packages+=(strace)
command -v c++ >/dev/null || packages+=(g++)
command -v slowhttptest >/dev/null || packages+=(slowhttptest)
command -v zsh >/dev/null || packages+=(zsh)
command -v fish >/dev/null || packages+=(fish)
command -v sqlite3 >/dev/null || packages+=(sqlite3)
command -v chromium >/dev/null || packages+=(chromium)
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
PATH=$PATH:/usr/sbin
command -v nginx >/dev/null || packages+=(nginx)
command -v haproxy >/dev/null || packages+=(haproxy)
if [ ${#packages[@]} -eq 0 ]; then exit 0; fi

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing; install by their Debian names or your system's: ${packages[*]}" >&2
    exit 1
fi
# Offline: the proxies are for the tests to start, not for systemd.
export DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1
apt-get update -qq
apt-get install -qq --yes --no-install-recommends "${packages[@]}"
