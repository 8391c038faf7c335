# ivm: incremental view maintenance
#
#   make && make install     build and install against PG_CONFIG's server
#   make installcheck        regression and isolation tests on a running server
#   make test                everything, from nothing: installs what is missing,
#                            runs its own server, prints "N passed, N failed"
#   make test-matrix         the same on assertion-enabled servers 15, 17, 18
#   make demo, make bench    a guided tour; the measurements
#
# Only the first two need pg_config to be there already.

EXTENSION = ivm
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" ivm.control)

MODULE_big = ivm
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
DATA = $(sort $(wildcard sql/ivm--*.sql))

# Warnings are errors; WERROR= turns that off for a compiler we do not know.
WERROR = -Werror
# Servers before 16 neither hide symbols nor mark the exported ones.
PG_CPPFLAGS = -Isrc -D'PGDLLEXPORT=__attribute__((visibility("default")))'
PG_CFLAGS = -fvisibility=hidden $(WERROR)

# pg_regress: test/sql, output in expected/.  It looks for the input below the
# current directory first, so no test may share its name with a script in sql/.
REGRESS = $(sort $(basename $(notdir $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test

# Isolation tester: test/specs, output in test/expected (its own output
# directory, output_iso, keeps it from finding expected/).
ISOLATION = $(sort $(basename $(notdir $(wildcard test/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test

EXTRA_CLEAN = results output_iso tmp_check log regression.diffs regression.out

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
all install uninstall installcheck:
	@echo "$(PG_CONFIG) leads to no server's development files;" \
		"set PG_CONFIG, or use \"make test\", which installs them" >&2
	@exit 1
clean:
	rm -rf ivm.so src/*.o src/*.bc $(EXTRA_CLEAN)
endif

.DEFAULT_GOAL = all

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h) Makefile

# The TAP tests start their own servers, from the installation under test.
PROVE ?= prove
tapcheck:
	rm -rf tmp_check && mkdir tmp_check
	TESTDIR='$(CURDIR)' PATH="$(bindir):$$PATH" \
		PG_REGRESS='$(dir $(PGXS))../test/regress/pg_regress' \
		$(PROVE) -I '$(dir $(PGXS))../test/perl' -I test/t $(PROVE_FLAGS) \
		$(or $(PROVE_TESTS),test/t/*.pl)

# ---------------------------------------------------------------------------
# From nothing to a result; these install packages and need root or sudo
# ---------------------------------------------------------------------------
test:
	@test/bin/run-tests

test-matrix:
	@test/bin/run-matrix

demo:
	@test/demo/demo.sh

bench:
	@test/bench/bench.sh

# A release as PGXN wants it
dist:
	git archive --format=zip --prefix=ivm-$(EXTVERSION).0/ \
		-o ivm-$(EXTVERSION).0.zip HEAD

.PHONY: tapcheck test test-matrix demo bench dist
