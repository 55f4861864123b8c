#!/usr/bin/env bash
# Compares Empress Auth with what people use today, and prints the report as markdown.
#
#   tests/benches/run.sh [-o FILE] [micro|instr|stores|wire|incumbents|oauth|all]...
#
#   micro       times and allocations, in process                   needs nothing
#   instr       instructions a call                                 needs valgrind
#   stores      a million tokens in SQLite, beside rusqlite         needs nothing
#   wire        requests a second beside bare axum and actix-web    needs wrk, taskset, setpriv
#   incumbents  requests a second beside DRF and FastAPI            needs wrk, taskset, setpriv, python3 with venv
#   oauth       tokens a second beside oidc-provider                needs wrk, taskset, setpriv, node, npm
#
# -o FILE writes the report there, and keeps what is in FILE of the parts that did not run.
# `all`, the default, leaves out what lacks a tool, and says so; a part that is asked for by name fails instead.
# BENCH_QUICK=1 makes it short (about two minutes once built): good for trying it, not for figures to keep.
# BENCH_STRICT=1 ends with 1 when a goal was missed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
target=${CARGO_TARGET_DIR:-$here/target}
export PYTHONDONTWRITEBYTECODE=1

output=
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    -o) output=${2:?-o needs a file}; shift ;;
    micro | instr | stores | wire | incumbents | oauth | all) parts+=("$1") ;;
    *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(all)
case $output in '' | /*) ;; *) output=${OLDPWD:-$here}/$output ;; esac

report=$(mktemp)
child=
stop() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
  # What was measured before a part failed took minutes of a quiet machine.
  [ ! -s "$report" ] || mv "$report" "$target/incomplete.md"
  rm -f "$report"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs in the background, so that the trap can end it at once; at most half an hour.
run() { timeout --foreground 1800 "$@" >>"$report" & child=$!; wait "$child"; child=; }

# What `part` lacks, as words to install it by; nothing when it lacks nothing.
lacks() {
  local tools=() tool
  case $1 in
    instr) tools=(valgrind) ;;
    wire) tools=(wrk taskset setpriv) ;;
    incumbents) tools=(wrk taskset setpriv python3) ;;
    oauth) tools=(wrk taskset setpriv node npm) ;;
  esac
  for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null && continue
    case $tool in taskset | setpriv) echo "util-linux" ;; node) echo "nodejs" ;; *) echo "$tool" ;; esac
  done
  if [ "$1" = incumbents ] && ! python3 -c 'import ensurepip' 2>/dev/null; then echo "python3-venv"; fi
}

micro() {
  cargo build --release --locked --bin times --bin counts
  run "$target/release/counts"
  run "$target/release/times"
}

instr() {
  # Its own folder: the other programs must not be built with the stand-in.
  RUSTFLAGS="${RUSTFLAGS:-} --cfg empress_bench" CARGO_TARGET_DIR="$target/instr" \
    cargo build --release --locked --bin instr
  run "$target/instr/release/instr"
}

stores() {
  cargo build --release --locked --bin stores
  run "$target/release/stores"
}

wire() {
  # tower-oauth2-resource-server as one gets it, which the other programs cannot be built with.
  cargo build --release --locked --bin srv --no-default-features --features jwt-rust-crypto
  cp "$target/release/srv" "$target/release/srv-rust-crypto"
  cargo build --release --locked --bin wire --bin srv
  run "$target/release/wire" peers
}

# The program as it is installed.
program() {
  cargo build --release --locked --manifest-path ../../Cargo.toml --package empress-auth-server --target-dir "$target/program"
}

incumbents() {
  local cache=$target/peers
  local venv=$cache/venv database=$cache/drf.db
  cargo build --release --locked --bin wire --bin srv
  program
  if ! cmp -s peers/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement peers/requirements.txt
    cp peers/requirements.txt "$venv/requirements.txt"
  fi
  (cd peers/drf && BENCH_DATABASE=$database "$venv/bin/python" seed.py)
  run "$target/release/wire" incumbents "$venv" "$database" "$target/program/release/empress-auth"
}

oauth() {
  local cache=$target/peers/oidc
  cargo build --release --locked --bin wire --bin srv
  program
  mkdir -p "$cache"
  cp peers/oidc/server.mjs peers/oidc/package.json "$cache"
  if ! cmp -s peers/oidc/package-lock.json "$cache/package-lock.json"; then
    rm -rf "$cache/node_modules"
    cp peers/oidc/package-lock.json "$cache"
    (cd "$cache" && npm ci --silent --ignore-scripts --no-audit --no-fund) || { rm "$cache/package-lock.json"; return 1; }
  fi
  run "$target/release/wire" oauth "$cache" "$target/program/release/empress-auth"
}

machine() {
  local cpu
  cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  echo "# Benchmarks"
  echo
  echo "Made by \`make bench\` on $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown):" \
    "${cpu:-an unnamed processor}, $(nproc) cores, $(uname -sr), $(rustc --version)."
  grep -qw sha_ni /proc/cpuinfo || echo "The processor has no SHA extensions: hashing weighs several times more than elsewhere."
  [ -z "${BENCH_QUICK:-}" ] || echo "**A quick run: too short for figures to keep.**"
}

machine >"$report"
for part in "${parts[@]}"; do
  chosen=("$part")
  [ "$part" != all ] || chosen=(micro instr stores wire incumbents oauth)
  for each in "${chosen[@]}"; do
    missing=$(lacks "$each" | sort -u | xargs)
    if [ -z "$missing" ]; then
      echo "bench: $each" >&2
      "$each"
    elif [ "$part" = all ]; then
      printf '\n## %s\n\nLeft out: install %s.\n' "$each" "$missing" >>"$report"
    else
      echo "bench: $each needs: apt-get install $missing" >&2
      exit 1
    fi
  done
done

# The report, with the sections of the older one that were not measured now; what was says when.
merged() {
  local stamp
  stamp="Measured on $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)."
  awk -v stamp="$stamp" '
    /^Goals: [0-9]+ met/ { next }
    FNR == 1 { file++ }
    /^## / { name = $0 }
    file == 1 && name != "" { section[name] = section[name] $0 "\n" (/^## / ? "\n" stamp "\n" : "") }
    file == 2 && /^## / { is_new = name in section; printf "%s", section[name]; delete section[name] }
    file == 2 && !is_new
    END { for (name in section) printf "\n%s", section[name] }
  ' "$report" "$1"
}

if [ -n "$output" ]; then
  # The long runs have their lines in the same file, and are not made anew.
  long=$(sed -n '/^## Long runs$/,$p' "$output" 2>/dev/null || true)
  if [ "${parts[*]}" != all ] && [ -s "$output" ]; then
    sed '/^## Long runs$/,$d' "$output" >"$report.older"
    printf '%s\n' "$(merged "$report.older")" >"$report.merged"
    mv "$report.merged" "$report"
    rm "$report.older"
  fi
fi

met=$(grep -cE '\| +met \|$' "$report" || true)
missed=$(grep -cE '\| +MISSED \|$' "$report" || true)
unmeasured=$(grep -cE '\| +not measured \|$' "$report" || true)
printf '\nGoals: %s met, %s missed, %s not measured.\n' "$met" "$missed" "$unmeasured" >>"$report"
if [ -n "$output" ]; then
  { cat "$report"; [ -z "$long" ] || printf '\n%s\n' "$long"; } >"$report.with-long"
  mv "$report.with-long" "$output"
fi
cat "$report"
: >"$report"
[ -z "${BENCH_STRICT:-}" ] || [ "$missed" -eq 0 ]
