# lib.sh - what the test, demo and bench scripts share; to be sourced
#
#   . "$(dirname "$0")/../bin/lib.sh"
#   ivm_prepare              packages, unprivileged user, temporary directory
#   ivm_install              private server, extension built and installed
#   ivm_initdb main
#   ivm_start main           sets PGHOST, PGPORT, PGUSER, PGDATABASE
#   ivm_psql -c 'CREATE EXTENSION ivm'
#
# Nothing outside the temporary directory is written, except packages.  The
# server is a private copy of PG_CONFIG's (servers find their files relative
# to the executable), the sources are a copy too; so neither the checkout nor
# the system's directories need be writable.  What was started is stopped and
# the directory is removed when the script ends, in whatever way; IVM_KEEP=1
# keeps the directory.
#
# Variables set: IVM_ROOT the checkout, IVM_USER whom servers run as, IVM_TMP
# the directory, IVM_SRC the copied sources, IVM_BIN the private server's
# executables, PG_CONFIG the private one.

IVM_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
IVM_TMP=
IVM_SERVERS=()

ivm_say() { echo "$*" >&2; }
ivm_die() { ivm_say "$(basename "$0"): $*"; exit 1; }

# Runs a command as root.
ivm_as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

# Runs a command as the unprivileged user, with a home in the temporary
# directory.
ivm_as_user()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid="$IVM_USER" --regid="$(id -g "$IVM_USER")" \
			--init-groups env HOME="$IVM_TMP" USER="$IVM_USER" \
			LOGNAME="$IVM_USER" "$@"
	else
		"$@"
	fi
}

# Runs a command silently; shows the end of what it said if it fails.
ivm_quietly()
{
	local log rc=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 || rc=$?
	[ $rc = 0 ] || tail -n 40 "$log" >&2
	rm -f "$log"
	return $rc
}

# ---------------------------------------------------------------------------
# Packages
# ---------------------------------------------------------------------------

ivm_apt()
{
	ivm_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=300 "$@"
}

# Indexes once per run, and only if something has to be installed.
ivm_apt_update()
{
	[ -z "${IVM_APT_UPDATED:-}" ] || return 0
	ivm_quietly ivm_apt update || ivm_say "apt-get update failed; going on"
	IVM_APT_UPDATED=1
}

ivm_have_package()
{
	dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Installs those of the packages that are missing.
ivm_install_packages()
{
	local p missing=()
	command -v dpkg-query >/dev/null || return 0
	for p in "$@"; do
		ivm_have_package "$p" || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	ivm_say "installing ${missing[*]}"
	ivm_apt_update
	ivm_quietly ivm_apt install --no-install-recommends "${missing[@]}"
}

# True if a pg_config leads to a whole server that extensions can be built for.
ivm_pg_config_usable()
{
	local pgxs
	pgxs=$("$1" --pgxs 2>/dev/null) && [ -e "$pgxs" ] &&
		[ -e "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --bindir)/postgres" ]
}

# Finds a server, or installs the distribution's, and sets PG_CONFIG.
ivm_find_server()
{
	local major version candidate

	if [ -n "${PG_CONFIG:-}" ]; then
		ivm_pg_config_usable "$PG_CONFIG" ||
			ivm_die "PG_CONFIG=$PG_CONFIG leads to no usable server"
		return 0
	fi
	for candidate in $(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -rV); do
		if ivm_pg_config_usable "$candidate"; then
			PG_CONFIG=$candidate
			return 0
		fi
	done
	if candidate=$(command -v pg_config) && ivm_pg_config_usable "$candidate"; then
		PG_CONFIG=$candidate
		return 0
	fi

	command -v apt-get >/dev/null ||
		ivm_die "no PostgreSQL server found; set PG_CONFIG"
	ivm_apt_update
	major=$(apt-cache depends postgresql | sed -nE 's/.*Depends: postgresql-([0-9]+)$/\1/p' | head -1)
	[ -n "$major" ] || ivm_die "the distribution has no postgresql"
	ivm_say "installing PostgreSQL $major"
	# Server and headers of one version: the installed one's if there is one;
	# then what apt prefers; then whatever any archive still has.
	for version in $(dpkg-query -W -f='${Version}\n' "postgresql-$major" 2>/dev/null) '' \
		$(apt-cache madison "postgresql-$major" | awk '{ print $3 }'); do
		ivm_quietly ivm_apt install --no-install-recommends \
			"postgresql-$major${version:+=$version}" \
			"postgresql-client-$major${version:+=$version}" \
			"postgresql-server-dev-$major${version:+=$version}" && break
	done
	PG_CONFIG=/usr/lib/postgresql/$major/bin/pg_config
	ivm_pg_config_usable "$PG_CONFIG" ||
		ivm_die "PostgreSQL $major could not be installed"
}

# ---------------------------------------------------------------------------
# User, directory, cleanup
# ---------------------------------------------------------------------------

ivm_pick_user()
{
	if [ "$(id -u)" != 0 ]; then
		IVM_USER=$(id -un)
	elif id postgres >/dev/null 2>&1; then
		IVM_USER=postgres
	else
		IVM_USER=ivm-test
		id "$IVM_USER" >/dev/null 2>&1 ||
			useradd --system --user-group --no-create-home \
				--shell /usr/sbin/nologin "$IVM_USER"
	fi
}

ivm_cleanup()
{
	local rc=$? name

	trap - EXIT
	trap '' INT TERM HUP
	# a subshell that is killed at once may not have reset its traps yet
	[ "$BASHPID" = $$ ] || exit $rc
	cd /
	for name in "${IVM_SERVERS[@]}"; do
		ivm_stop "$name" immediate >/dev/null 2>&1
	done
	if [ -n "$IVM_TMP" ]; then
		if [ -n "${IVM_KEEP:-}" ]; then
			ivm_say "kept: $IVM_TMP"
		else
			rm -rf "$IVM_TMP"
		fi
	fi
	exit $rc
}

ivm_make_tmp()
{
	# Short: the path of a socket has at most 107 bytes.
	IVM_TMP=$(mktemp -d "${TMPDIR:-/tmp}/ivm.XXXXXX")
	trap ivm_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	chmod 755 "$IVM_TMP"
	[ "$(id -u)" != 0 ] || chown "$IVM_USER" "$IVM_TMP"
	cd "$IVM_TMP"
}

# Packages given besides the server and the compiler are installed as well.
ivm_prepare()
{
	ivm_install_packages gcc make libc6-dev perl "$@" ||
		ivm_die "packages could not be installed"
	ivm_find_server
	ivm_pick_user
	ivm_make_tmp
}

# ---------------------------------------------------------------------------
# Server and extension
# ---------------------------------------------------------------------------

# Makes PG_CONFIG one of a private copy of the server.
ivm_copy_server()
{
	local inst=$IVM_TMP/inst what dir

	IVM_SYSTEM_PG_CONFIG=$PG_CONFIG
	for what in bindir pkglibdir sharedir; do
		dir=$(readlink -f "$("$PG_CONFIG" --$what)")
		mkdir -p "$inst$dir"
		cp -a --no-preserve=ownership "$dir/." "$inst$dir/"
	done
	# The rest is only read.
	for what in libdir includedir pkgincludedir includedir-server; do
		dir=$(readlink -f "$("$PG_CONFIG" --$what)")
		if [ ! -e "$inst$dir" ]; then
			mkdir -p "$(dirname "$inst$dir")"
			ln -s "$dir" "$inst$dir"
		fi
	done
	IVM_BIN=$inst$(readlink -f "$("$PG_CONFIG" --bindir)")
	PG_CONFIG=$IVM_BIN/pg_config
	[ "$(id -u)" != 0 ] || chown -R "$IVM_USER" "$inst"
	IVM_MAJOR=$("$PG_CONFIG" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
	export PG_CONFIG PATH="$IVM_BIN:$PATH"
}

# Copies the sources, without what was built from them.
ivm_copy_sources()
{
	IVM_SRC=$IVM_TMP/src
	mkdir "$IVM_SRC"
	tar -C "$IVM_ROOT" -cf - --exclude=./.git --exclude='*.o' --exclude='*.so' \
		--exclude='*.bc' --exclude='*.d' --exclude=./results --exclude=./output_iso \
		--exclude=./tmp_check --exclude=__pycache__ . |
		tar -C "$IVM_SRC" --no-same-owner -xf -
	chmod -R u+rwX,go+rX "$IVM_SRC"
	[ "$(id -u)" != 0 ] || chown -R "$IVM_USER" "$IVM_SRC"
}

# make in the copied sources; bitcode is of no use here
ivm_make()
{
	ivm_as_user make -s -C "$IVM_SRC" PG_CONFIG="$PG_CONFIG" with_llvm=no "$@"
}

# Builds and installs the extension in the private server.
ivm_install()
{
	ivm_copy_server
	ivm_copy_sources
	ivm_quietly ivm_make -j"$(nproc)" all && ivm_quietly ivm_make install
}

# Puts pgTAP into the private server.  It is SQL only: what the distribution has for its
# own server serves others.
ivm_provide_pgtap()
{
	local target file package

	ivm_install_packages "postgresql-$IVM_MAJOR-pgtap" 2>/dev/null
	target=$("$PG_CONFIG" --sharedir)/extension
	[ -e "$target/pgtap.control" ] && return 0
	file=$(ls /usr/share/postgresql/*/extension/pgtap.control 2>/dev/null | sort -V | tail -n 1)
	if [ -z "$file" ]; then
		package=$(apt-cache search --names-only '^postgresql-[0-9]+-pgtap$' 2>/dev/null |
			awk '{ print $1 }' | sort -V | tail -n 1)
		[ -n "$package" ] && ivm_install_packages "$package"
		file=$(ls /usr/share/postgresql/*/extension/pgtap.control 2>/dev/null | tail -n 1)
	fi
	[ -n "$file" ] || return 1
	ivm_as_user cp "$(dirname "$file")"/pgtap* "$target/"
}

# ivm_initdb NAME [setting...]: a cluster with settings that suit tests
ivm_initdb()
{
	local data=$IVM_TMP/$1
	shift
	ivm_quietly ivm_as_user "$IVM_BIN/initdb" -D "$data" -U postgres -A trust \
		--no-locale -E UTF8 -N || return 1
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$IVM_TMP'"
		echo "max_connections = 60"
		echo "max_prepared_transactions = 20"
		echo "wal_level = logical"
		echo "log_line_prefix = '%m [%p] %q%a '"
		echo "restart_after_crash = on"
		[ $# -gt 0 ] && printf '%s\n' "$@" || printf '%s\n' 'fsync = off'
	} | ivm_as_user tee -a "$data/postgresql.conf" >/dev/null
}

# ivm_start NAME [PORT]: starts it and makes it the one that clients talk to
ivm_start()
{
	local port=${2:-54${#IVM_SERVERS[@]}1}

	IVM_SERVERS+=("$1")
	ivm_quietly ivm_as_user "$IVM_BIN/pg_ctl" -D "$IVM_TMP/$1" -w -s \
		-o "-p $port" -l "$IVM_TMP/$1.log" start ||
		{ tail -n 20 "$IVM_TMP/$1.log" >&2; return 1; }
	export PGHOST=$IVM_TMP PGPORT=$port PGUSER=postgres PGDATABASE=postgres
}

# ivm_stop NAME [MODE]
ivm_stop()
{
	ivm_as_user "$IVM_BIN/pg_ctl" -D "$IVM_TMP/$1" -w -s -m "${2:-fast}" stop
}

ivm_psql()
{
	ivm_as_user "$IVM_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}
