#!/bin/sh
#
# build.sh SOURCES OUT - builds the extension in the official image of PostgreSQL
#
# The image has PG_MAJOR in its environment, the server as a Debian package, and the
# archive that it came from among apt's sources. Installs what a build needs, of the
# server's own version, and leaves the extension in OUT, by the paths of the image.
# test/bin/check-packages runs it where there is no container engine.
set -eu

sources=$1
out=$2
version=$(dpkg-query -W -f='${Version}' "postgresql-$PG_MAJOR")

apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
	gcc make libc6-dev "postgresql-server-dev-$PG_MAJOR=$version"

mkdir -p "$out" /tmp/ivm-build
cd /tmp/ivm-build
for target in all install; do
	make -s -f "$sources/Makefile" "$target" DESTDIR="$out" with_llvm=no \
		PG_CONFIG="/usr/lib/postgresql/$PG_MAJOR/bin/pg_config"
done
rm -rf /tmp/ivm-build /var/lib/apt/lists/*
