# SPDX-License-Identifier: GPL-2.0-only
#
# Front door: builds the module against a kernel's headers, and runs the rig.
# The objects themselves are listed in Kbuild, which the kernel's build reads.

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
# Absolute, and without a trailing slash: this is what M= wants.
top := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

.PHONY: all modules tools modules_install install clean distclean help
.PHONY: demo check kunit kunit-smp selftest selftest-kasan selftest-kcsan matrix
.PHONY: kernels soak lint coverage bench docs deb deb-check

all: modules tools

modules: $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(top) modules

modules_install: $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(top) modules_install

$(KDIR)/Makefile:
	@echo "No kernel headers in $(KDIR)." >&2
	@echo "For the running kernel install the package linux-headers-$(KVER)," >&2
	@echo "for the distribution's newest one linux-headers-amd64, or name a" >&2
	@echo "prepared kernel build directory: make KDIR=..." >&2
	@exit 1

tools:
	@if [ -e $(top)/tools/Makefile ]; then \
		$(MAKE) -C $(top)/tools O=$(top)/build/tools; \
	fi

install: modules_install
	@if [ -e $(top)/tools/Makefile ]; then \
		$(MAKE) -C $(top)/tools O=$(top)/build/tools install; \
	fi

# Not the kernel's own clean, which would empty the kernels under build/ too.
clean:
	find $(top) -path $(top)/build -prune -o -path $(top)/.git -prune -o \
		-type f \( -name '*.[aios]' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' \
		-o -name 'modules.order' -o -name 'Module.symvers' -o -name '*.su' \) -exec rm -f {} +
	rm -rf $(top)/build/tools $(top)/build/mod-* $(top)/build/logs \
		$(top)/build/demo $(top)/build/docs $(top)/build/bench \
		$(top)/build/deb $(top)/build/ccache-* $(top)/build/headers-*

distclean: clean
	rm -rf $(top)/build

demo:
	@KERNEL=$(KERNEL) $(top)/scripts/demo

check:
	@$(top)/scripts/check

kunit:
	@$(top)/scripts/kunit uml

kunit-smp:
	@$(top)/scripts/kunit smp

# make selftest TESTS="name ..." runs the named ones; KERNEL=backport on the newer
# kernel that the distribution offers.
selftest:
	@$(top)/scripts/selftest $(addprefix --kernel ,$(KERNEL)) $(TESTS)

# On kernels that check everything, and take their time.
checked := data hostapi hostdrain hostfault soak

selftest-kasan selftest-kcsan:
	@$(top)/scripts/selftest --kernel $(@:selftest-%=%) $(or $(TESTS),$(checked))

matrix:
	@$(top)/scripts/matrix

kernels:
	@$(top)/scripts/kernels $(KERNEL)

# make soak MINUTES=n KERNEL=stock|kasan|kcsan
soak:
	@$(top)/scripts/soak $(or $(MINUTES),10) $(or $(KERNEL),kasan)

lint:
	@$(top)/scripts/lint

coverage:
	@$(top)/scripts/coverage

bench:
	@$(top)/scripts/bench

docs:
	@$(top)/scripts/docs

deb:
	@$(top)/scripts/deb

deb-check:
	@KERNEL=$(KERNEL) $(top)/scripts/deb-check

help:
	@echo "Building (KDIR=$(KDIR)):"
	@echo "  all              the module and the user tools"
	@echo "  modules          chimney.ko, chimney_host.ko and chimney_ndis.ko, in place"
	@echo "  tools            chimctl, under build/tools"
	@echo "  modules_install  installs the module for the kernel of KDIR"
	@echo "  install          installs the module and the user tools"
	@echo "  deb              Debian packages, in build/deb"
	@echo "  clean            removes what was built, keeps the prepared kernels"
	@echo "  distclean        removes build/ as well"
	@echo
	@echo "Running (needs no hardware virtualization; packages are installed"
	@echo "by name where missing, everything generated goes below build/):"
	@echo "  demo             the main job, from freeze to give-back, with proofs, and"
	@echo "                   SIZE=64 MiB each way while everything changes;"
	@echo "                   with IM=2 these through two intermediate drivers;"
	@echo "                   then iperf3, curl, ssh and nc, with a plot"
	@echo "  check            all that follows, as one verdict"
	@echo "  lint             sparse, W=1, gcc and clang, checkpatch, layering"
	@echo "  kunit            unit tests on User Mode Linux, with sanitizers"
	@echo "  kunit-smp        unit tests on two processors, with KCSAN"
	@echo "  selftest         tests on the distribution's kernel in QEMU;"
	@echo "                   TESTS=\"name ...\" selects"
	@echo "                   KERNEL=backport runs demo and selftests on the newer"
	@echo "                   kernel that the distribution offers besides"
	@echo "  selftest-kasan   TESTS (data, the host stack) on a kernel with KASAN"
	@echo "  selftest-kcsan   the same with KCSAN"
	@echo "  kernels          selftests and demo on stock and backport, one after"
	@echo "                   the other"
	@echo "  matrix           the data path in full: 20 GiB, 10,000 connections"
	@echo "  soak             the host stack at random, MINUTES=10 on KERNEL=kasan"
	@echo "  coverage         which requirements the tests that passed cover"
	@echo "  bench            numbers, as text and JSON"
	@echo "  deb-check        installs the Debian packages in QEMU and uses them"
	@echo "  docs             the documentation as HTML, under build/docs"
