# SPDX-License-Identifier: GPL-2.0
# For people. Kbuild is for the kernel's build system.

KDIR ?= /lib/modules/$(shell uname -r)/build
# demo and bench run on it; scripts/kernel --list names all flavours.
FLAVOUR ?= debian-6.12

.PHONY: modules
modules: ## build the modules for the running kernel, or for KDIR=
	$(if $(wildcard $(KDIR)/Makefile),,$(error no kernel headers in $(KDIR): \
		apt install linux-headers-$(shell uname -r), or make modules-$(FLAVOUR)))
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

.PHONY: demo
demo: ## boot a stock kernel, load the module, race it against SLUB
	@scripts/demo $(FLAVOUR)

.PHONY: experiment
experiment: modules-um ## allocate a million blocks, free all but every 1000th: what stays?
	@$(MAKE) -s -C userspace-tests ../build/userspace-tests/experiment
	@scripts/vm um --quiet --add build/userspace-tests/experiment -- \
		'insmod /arena_cache.ko max_blocks=1M max_blocks_per_file=1M max_bytes_per_file=64M && /experiment'

.PHONY: check
check: ## run the tests on all kernels; says what it leaves out
	@scripts/check

.PHONY: check-all
check-all: ## those that take long, too; goes on where it stopped, FRESH=1 begins anew
	@scripts/check --all $(if $(FRESH),--fresh)

.PHONY: test
test: ## run the unit tests that match T=, e.g. T=arena_cache_pool.put_*
	@scripts/check --only '$(or $(T),*)' $(FLAVOUR:debian-6.12=um)

.PHONY: fuzz
fuzz: ## fuzz /dev/arena_cache for an hour, or S= seconds, on F= (um-debug)
	@scripts/fuzz $(or $(F),um-debug) --seconds $(or $(S),3600) $(FUZZ)

.PHONY: torture
torture: ## torture the allocator for an hour, or S= seconds, on F= (um-debug)
	@scripts/torture $(or $(F),um-debug) --seconds $(or $(S),3600) $(TORTURE)

.PHONY: bench
bench: ## race the allocators on FLAVOUR=; B= are the words of bench/run
	@scripts/bench $(FLAVOUR) $(B)

.PHONY: lint
lint: ## checkpatch, compilers' warnings, sparse, coccinelle, kernel-doc, ...
	@scripts/lint

# What kbuild leaves beside the sources. Its own "clean" needs the headers.
KBUILD_LEAVES := -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		 -o -name '.*.cmd' -o -name '.*.d'

# What people may want to read later: logs, results, inputs of the fuzzer.
KEPT := log check-all results corpus*

.PHONY: clean
clean: ## remove what was built here; logs and results stay in build
	@mkdir -p build
	find build -mindepth 1 -maxdepth 1 $(KEPT:%=! -name '%') -exec $(RM) -r {} +
	@rmdir --ignore-fail-on-non-empty build
	$(RM) -r .tmp_versions modules.order Module.symvers
	find . -maxdepth 1 -type f \( $(KBUILD_LEAVES) \) -delete
	find kmod -type f \( $(KBUILD_LEAVES) \) -delete

.PHONY: distclean
distclean: clean ## remove logs and results, too; kernels stay in ~/.cache/arena_cache
	$(RM) -r build

.PHONY: help
help: ## print this
	@sed -n 's/^\([a-z%-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | sed 's/%/FLAVOUR/' | expand -t 17

# Modules for a kernel of scripts/kernel, in build/FLAVOUR: a directory of links
# to the sources, as kbuild leaves its files beside them. One make at a time works there.
modules-%: FORCE ## build them for a kernel of scripts/kernel --list, e.g. modules-um
	$(if $(filter $*,$(shell scripts/kernel --list)),,$(error no flavour \
		"$*": scripts/kernel --list names them))
	@kdir=$$(scripts/kernel $*) && . "$$kdir/arena_cache.flavour" && \
	mkdir -p build/$* && exec 9<build/$* && { flock -n 9 || { \
	echo "modules-$*: waiting for another make, which has build/$*" >&2; flock 9; }; } && \
	find build/$* -xtype l -delete && \
	cp -rsfu $(CURDIR)/Kbuild $(CURDIR)/kmod $(CURDIR)/uapi build/$*/ && \
	$(MAKE) -C "$$KDIR" M=$(CURDIR)/build/$* ARCH="$$ARCH" CC="$$CC" W=1 modules

.PHONY: FORCE
FORCE:
