# ivm: incremental view maintenance
#
#   make && make install     build and install against PG_CONFIG's server,
#                            here or from any directory with -f .../Makefile
#   make installcheck        regression and isolation tests on a running server
#   make test                everything, from nothing: installs what is missing,
#                            runs its own server, prints "N passed, N failed"
#   make test-matrix         the same on assertion-enabled servers 15 to 18
#   make test-long           crashes, interrupts, load, random statements, for minutes
#   make soak                the same for an hour or two
#   make demo, make bench    a guided tour; the measurements
#   make dist                the zip of a release, for PGXN
#   make packages            builds and tries the Debian packages and the image
#
# Only the first two need pg_config to be there already.

# Where the sources are, if not here.
top := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
ifneq ($(top),.)
VPATH = $(top)
endif

EXTENSION = ivm
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(top)/ivm.control)

sources := $(sort $(wildcard $(top)/src/*.c $(top)/src/*/*.c))
headers := $(sort $(wildcard $(top)/src/*.h $(top)/src/*/*.h))

MODULE_big = ivm
OBJS = $(patsubst $(top)/%.c,%.o,$(sources))
DATA = $(patsubst $(top)/%,%,$(sort $(wildcard $(top)/sql/ivm--*.sql)))

# WERROR=1 makes errors of warnings, as the tests do.
WERROR ?=
# Servers before 16 neither hide symbols nor mark the exported ones.
PG_CPPFLAGS = -I$(top)/src -DIVM_VERSION='"$(EXTVERSION)"' \
	-D'PGDLLEXPORT=__attribute__((visibility("default")))'
# GCC and clang note beside each object which headers it depends on.
PG_CFLAGS = -fvisibility=hidden $(if $(filter-out 0 no,$(WERROR)),-Werror) \
	$(if $(filter yes,$(GCC)),-MMD -MP)

# pg_regress: test/sql, output in expected/.  It looks for the input below the
# current directory first, so no test may share its name with a script in sql/.
REGRESS = $(filter-out $(REGRESS_LACKING),\
	$(sort $(basename $(notdir $(wildcard $(top)/test/sql/*.sql)))))
REGRESS_OPTS = --inputdir=$(top)/test --load-extension=ivm

# Tests of what the server does not have are left out, and so not counted.
REGRESS_LACKING = $(if $(filter 15 16,$(MAJORVERSION)),ddl_forms_17) \
	$(if $(filter 15 16 17,$(MAJORVERSION)),ddl_forms_18 virtual_expressions)

# Isolation tester: test/specs, output in test/expected (its own output
# directory, output_iso, keeps it from finding expected/).
ISOLATION = $(sort $(basename $(notdir $(wildcard $(top)/test/specs/*.spec))))
ISOLATION_OPTS = --inputdir=$(top)/test

EXTRA_CLEAN = results output_iso tmp_check log regression.diffs regression.out \
	$(OBJS:.o=.d)

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
	rm -rf ivm.so $(OBJS) $(OBJS:.o=.bc) $(EXTRA_CLEAN)
endif

.DEFAULT_GOAL = all

$(OBJS): $(top)/Makefile $(top)/ivm.control $(if $(filter yes,$(GCC)),,$(headers))
$(OBJS:.o=.bc): $(headers) $(top)/Makefile $(top)/ivm.control
-include $(wildcard $(OBJS:.o=.d))

ifneq ($(top),.)
$(shell mkdir -p $(sort $(dir $(OBJS))))

installcheck: link-expected
link-expected:
	[ -e expected ] || ln -s '$(abspath $(top))/expected' expected
EXTRA_CLEAN += expected
.PHONY: link-expected
endif

# The TAP tests start their own servers, from the installation under test.
PROVE ?= prove
tapcheck:
	rm -rf tmp_check && mkdir tmp_check
	TESTDIR='$(CURDIR)' TESTDATADIR='$(CURDIR)/tmp_check' TESTLOGDIR='$(CURDIR)/tmp_check/log' PATH="$(bindir):$$PATH" \
		PG_REGRESS='$(dir $(PGXS))../test/regress/pg_regress' \
		$(PROVE) -I '$(dir $(PGXS))../test/perl' -I $(top)/test/t $(PROVE_FLAGS) \
		$(or $(PROVE_TESTS),$(top)/test/t/*.pl)

# The names of types, for pgindent; needs a server's list of its own.
typedefs:
	$(top)/test/bin/typedefs --write '$(dir $(PGXS))../tools/pgindent/typedefs.list'

indent:
	$(top)/test/bin/check-indent --write

# ---------------------------------------------------------------------------
# From nothing to a result; these install packages and need root or sudo
# ---------------------------------------------------------------------------
test:
	@$(top)/test/bin/run-tests

test-matrix:
	@$(top)/test/bin/run-matrix

test-long:
	@$(top)/test/bin/run-long

soak:
	@$(top)/test/bin/run-long --soak

# Lines of src/ that the tests run; fails below 90 percent.
coverage:
	@$(top)/test/bin/coverage --missed

demo:
	@$(top)/test/demo/demo.sh

bench:
	@$(top)/test/bench/bench.sh --plots '$(top)/doc'

# A release as PGXN wants it: the last commit, by its time. Zips hold local times.
dist:
	TZ=UTC git -C $(top) archive --format=zip -9 --prefix=ivm-$(EXTVERSION).0/ \
		-o '$(CURDIR)'/ivm-$(EXTVERSION).0.zip HEAD

# The Debian packages and what the container image gets, in a small Debian of its own
packages:
	$(top)/test/bin/check-packages $(PACKAGES_ROOT)

.PHONY: tapcheck typedefs indent test test-matrix coverage test-long soak demo bench dist packages
