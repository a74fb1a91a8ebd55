# SPDX-License-Identifier: MIT
# Builds everything under build/. `make help` lists what can be asked for.

B := build

# --- The parts, by directory -----------------------------------------------------------------

VMM_SOURCES := $(filter-out vmx/offsets.c,$(wildcard boot/*.[cS] vmm/*.[cS] vmm/loader/*.[cS] vmx/*.[cS] trace/*.c))
GUEST_SOURCES := $(wildcard guest/*.[cS])
# What the guest uses of the VMM's own: the same code, compiled with the guest's flags.
GUEST_SHARED := vmm/format.c
TOOL_SOURCES := $(wildcard trace/*.c trace/host/*.c trace/host/*/*.c trace/host/*/*.S)
UNIT_TESTS := $(wildcard tests/unit/*.c)
HEADERS := $(wildcard boot/*.h vmm/*.h vmm/loader/*.h vmx/*.h trace/*.h trace/host/*.h trace/host/*/*.h guest/*.h tests/*/*.h tests/nested/rig/*.h)
HOST_TEST_PROGRAMS := $(patsubst tests/host/%.c,$B/host/%,$(wildcard tests/host/*.c))
KSHARK_FILES := $(addprefix $B/cache/,libkshark.so.2 libkshark.h libkshark-plugin.h)

VMM_OBJECTS := $(addsuffix .o,$(basename $(VMM_SOURCES:%=$B/vmm.o/%)))
GUEST_OBJECTS := $(addsuffix .o,$(basename $(GUEST_SOURCES:%=$B/guest.o/%)))
TOOL_OBJECTS := $(addsuffix .o,$(basename $(TOOL_SOURCES:%=$B/tool.o/%)))
KERNELS := $(patsubst tests/kernels/%.c,$B/kernels/%.elf,$(wildcard tests/kernels/*.c))
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$B/unit/%)
RIG := $B/nested/rig.image
NESTED_TESTS := $(sort $(wildcard tests/nested/*.t))
COMMANDS := $(shell sed -n 's/^COMMAND.\([a-z]*\),.*/\1/p' trace/host/commands.def)
MAN_PAGES := $B/man/vexit.1 $(COMMANDS:%=$B/man/vexit-%.1)
IMAGES := $B/vexit.elf $B/vexit32.elf $B/vexit.iso
# Each is built twice: for libFuzzer, and to replay the inputs that are in the tree.
FUZZ_TARGETS := $(filter-out replay pool threads run_command,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
REPLAY_PROGRAMS := $(FUZZ_TARGETS:%=$B/replay/%)

# --- Flags -----------------------------------------------------------------------------------

CC := gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wmissing-prototypes -Wconversion
COMMON := -std=gnu11 $(WARNINGS) -g -I. -I$B
# No FPU registers (they are the guest's), no red zone (interrupts share the stack), no libc.
KERNEL := $(COMMON) -O2 -ffreestanding -mgeneral-regs-only -mno-red-zone -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
# Encoders and decoders stand together in trace/; the VMM's image keeps what the VMM calls.
VMM_FLAGS := $(KERNEL) -mcmodel=kernel -ffunction-sections
GUEST_FLAGS := $(KERNEL) -mcmodel=small
# Test kernels are small Multiboot guests in 32-bit protected mode.
TEST_KERNEL_FLAGS := $(COMMON) -m32 -O2 -ffreestanding -mgeneral-regs-only -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
TOOL_FLAGS := $(COMMON) -O2 -pthread
TOOL_LIBRARIES := -lncursesw -lzstd -lz -ldw -lelf -lcapstone
UNIT_FLAGS := $(COMMON) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -pthread
# Warnings are the business of the one compiler.
FUZZ_CC := clang
FUZZ_FLAGS := $(UNIT_FLAGS) -w -O2 -fsanitize=fuzzer-no-link -fno-omit-frame-pointer
# Large blocks of memory come through tests/fuzz/pool.c, threads through tests/fuzz/threads.c.
FUZZ_POOL := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=pthread_create,--wrap=pthread_join
LINK := $(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 -Wl,--fatal-warnings

# --- Where `make install' puts it; DESTDIR stands before it -----------------------------------

PREFIX := /usr/local
BIN_DIR := $(PREFIX)/bin
SHARE_DIR := $(PREFIX)/share
MAN_DIR := $(SHARE_DIR)/man/man1
COMPLETION_DIR := $(SHARE_DIR)/bash-completion/completions
IMAGE_DIR := $(SHARE_DIR)/vexit

# --- What can be asked for -------------------------------------------------------------------

.PHONY: all install uninstall run test run-tests unit-test host-test test-nested check-headers lint witness bench fuzz run-fuzz docs install-packages clean help
.DELETE_ON_ERROR:
# Only what goes wrong is shown; `make V=1` shows every command.
$(if $V,,.SILENT:)
.SECONDEXPANSION:

all: $(IMAGES) $B/vexit $(MAN_PAGES) $B/vexit.bash ## the images for GRUB, QEMU and USB, and the tool

# What is there was built by `make', so that root needs to build nothing.
install: all ## install tool, images, manual and completion under PREFIX=/usr/local (and DESTDIR=)
	install -d $(DESTDIR)$(BIN_DIR) $(DESTDIR)$(MAN_DIR) $(DESTDIR)$(COMPLETION_DIR) $(DESTDIR)$(IMAGE_DIR)
	install -s $B/vexit $(DESTDIR)$(BIN_DIR)
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(MAN_DIR)
	sed -i 's,PREFIX/,$(PREFIX)/,' $(DESTDIR)$(MAN_DIR)/vexit.1
	install -m 644 $B/vexit.bash $(DESTDIR)$(COMPLETION_DIR)/vexit
	install -m 644 $(IMAGES) $(DESTDIR)$(IMAGE_DIR)

uninstall: ## take away what install installed
	rm -f $(DESTDIR)$(BIN_DIR)/vexit $(MAN_PAGES:$B/man/%=$(DESTDIR)$(MAN_DIR)/%) \
		$(DESTDIR)$(COMPLETION_DIR)/vexit $(IMAGES:$B/%=$(DESTDIR)$(IMAGE_DIR)/%)
	[ ! -d $(DESTDIR)$(IMAGE_DIR) ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(IMAGE_DIR)

# These install what is missing first, and only then look at what there is to build.
run: $B/$(if $(filter bochs-nested,$(MACHINE)),.packages,.run-packages) ## run GUEST=test|linux|memtest|PATH on MACHINE=bochs|bochs-uefi|bochs-nested|qemu|qemu-uefi|qemu-nested with ARGS="options"
	[ -e $B/vexit ] || echo "building: a minute or two, this first time" >&2
	$(MAKE) --no-print-directory all $(if $(filter linux,$(GUEST)),$B/initramfs) \
		$(if $(filter bochs-nested,$(MACHINE)),$(RIG))
	tools/run $(RUN_FLAGS)

test: $B/.packages ## unit tests, tests of the tool, boots in the emulator
	$(MAKE) --no-print-directory run-tests

test-programs: all $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) $(HOST_TEST_PROGRAMS) $(KERNELS) $B/initramfs $B/tables ## all that tests need, to run one alone by prove

run-tests: test-programs $(RIG) check-headers
	prove -j2 $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) $(sort $(wildcard tests/host/*.t tests/boot/*.t)) $(NESTED_TESTS)

unit-test: $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) ## the unit tests alone
	prove -j2 $^

host-test: all $(HOST_TEST_PROGRAMS) $B/tables ## the tests of the tool alone
	prove -j2 $(sort $(wildcard tests/host/*.t))

test-nested: $B/.packages ## vexit under KVM, which runs in an emulated machine itself
	$(MAKE) --no-print-directory all $(KERNELS) $(RIG)
	prove -j2 $(NESTED_TESTS)

check-headers: $(HEADERS:%=$B/headers/%.ok) ## every header compiles alone

lint: $B/.lint-packages ## layout and faults that can be seen without running anything; or of FILES="..."
	$(MAKE) --no-print-directory all
	tools/lint $(FILES)

witness: $B/.packages ## compare the decoded trace with the emulator's own log of VM exits
	$(MAKE) --no-print-directory all $(KERNELS)
	tools/witness

bench: $B/.packages ## the figures: one a line, as `name value target ok|short`
	$(MAKE) --no-print-directory all $B/initramfs $(RIG) $(HOST_TEST_PROGRAMS)
	tools/bench

fuzz: $B/.fuzz-packages ## libFuzzer on FUZZ_TARGETS="NAME..." for FUZZ_SECONDS each, or FUZZ_RUNS inputs each
	$(MAKE) --no-print-directory run-fuzz

run-fuzz: $(FUZZ_TARGETS:%=$B/fuzz/%)
	tools/fuzz $(FUZZ_TARGETS)

docs: $B/tables ## write docs/slots.md and docs/options.md anew from the tables in the code
	$B/tables slots > docs/slots.md
	$B/tables options > docs/options.md

$B/.run-packages: tools/install-packages | $B/.dir
	tools/install-packages run
	touch $@

$B/.packages: tools/install-packages | $B/.dir
	tools/install-packages
	touch $@ $B/.run-packages

$B/.fuzz-packages: tools/install-packages | $B/.dir
	tools/install-packages fuzz
	touch $@

$B/.lint-packages: tools/install-packages | $B/.dir
	tools/install-packages lint
	touch $@

install-packages: ## install what building and testing need (Debian)
	tools/install-packages

clean: ## remove build/, but keep what install-packages put into build/cache
	find $B -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} + 2>/dev/null || true

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

# --- The VMM ---------------------------------------------------------------------------------

$B/vexit.elf: $(VMM_OBJECTS) linker.ld
	$(LINK) -Wl,--gc-sections -T linker.ld -o $@ $(VMM_OBJECTS)

$B/vmm.o/%.o: %.c $$(@D)/.dir
	$(CC) $(VMM_FLAGS) -MMD -MP -c -o $@ $<

# Assembly uses offsets of C structures, and one file holds the built-in guest as data.
$B/vmm.o/%.o: %.S $B/offsets.h $B/guest.elf $$(@D)/.dir
	$(CC) $(VMM_FLAGS) -MMD -MP -c -o $@ $<

$B/offsets.h: vmx/offsets.c $B/.dir
	$(CC) $(VMM_FLAGS) -MMD -MP -MT $@ -MF $B/offsets.d -S -o $B/offsets.s $<
	sed -n 's/^->\([A-Z0-9_]*\) [$$]*/#define \1 /p' $B/offsets.s > $@

# QEMU's -kernel takes 32-bit ELF files only.
$B/vexit32.elf: $B/vexit.elf
	objcopy --strip-all -O elf32-i386 $< $@

$B/vexit.iso: $B/vexit.elf tools/make-iso
	tools/make-iso --menu $@

# --- The built-in guest ----------------------------------------------------------------------

$B/guest64.elf: $(GUEST_OBJECTS) guest/linker.ld
	$(LINK) -T guest/linker.ld -o $@ $(GUEST_OBJECTS)

$B/guest.elf: $B/guest64.elf
	objcopy --strip-all -O elf32-i386 $< $@

$B/guest.o/%.o: %.c $$(@D)/.dir
	$(CC) $(GUEST_FLAGS) -MMD -MP -c -o $@ $<

$B/guest.o/%.o: %.S $$(@D)/.dir
	$(CC) $(GUEST_FLAGS) -MMD -MP -c -o $@ $<

# --- Test kernels ----------------------------------------------------------------------------

$(KERNELS): $B/kernels/%.elf: $B/kernels/start.o $B/kernels/%.o tests/kernels/linker.ld
	$(LINK) -m32 -Wl,-n -Wl,--no-warn-rwx-segments -T tests/kernels/linker.ld -o $@ $(filter %.o,$^)

$B/kernels/%.o: tests/kernels/%.c $B/kernels/.dir
	$(CC) $(TEST_KERNEL_FLAGS) -MMD -MP -c -o $@ $<

$B/kernels/%.o: tests/kernels/%.S $B/kernels/.dir
	$(CC) $(TEST_KERNEL_FLAGS) -MMD -MP -c -o $@ $<

# --- The host tool ---------------------------------------------------------------------------

$B/vexit: $(TOOL_OBJECTS)
	$(CC) $(TOOL_FLAGS) -o $@ $^ $(TOOL_LIBRARIES)

$B/tool.o/%.o: %.c $$(@D)/.dir
	$(CC) $(TOOL_FLAGS) -MMD -MP -c -o $@ $<

# The page of `vexit timeline` is data of the tool.
$B/tool.o/%.o: %.S $B/page/head.html $$(@D)/.dir
	$(CC) $(TOOL_FLAGS) -c -o $@ $<

$B/page/head.html: trace/host/timeline/page.html $(wildcard trace/host/timeline/*.css trace/host/timeline/*.js) tools/make-page $B/page/.dir
	tools/make-page $< $(@D)

# --- The tool's manual and completion, from its --help -----------------------------------------

$B/man/vexit.1: $B/vexit tools/make-man docs/man/vexit.man $$(@D)/.dir
	tools/make-man $B/vexit > $@

# A page is made without prose, too; a test asks for it.
$B/man/vexit-%.1: $B/vexit tools/make-man $$(wildcard docs/man/$$*.man) $$(@D)/.dir
	tools/make-man $B/vexit $* > $@

$B/vexit.bash: $B/vexit tools/make-completion trace/exit_reasons.def $(wildcard trace/host/show/*.def)
	tools/make-completion $B/vexit > $@

# --- What is made of the tables, and what tests of the tool need --------------------------------

$B/tables: docs/tables.c $B/.dir
	$(CC) $(TOOL_FLAGS) -MMD -MP -o $@ $<

# It makes memory as the VMM does.
$B/host/make_memory: $B/tool.o/vmm/trace_ring.o $B/tool.o/vmm/trace_memory.o

# It is of KernelShark, not of the tool.
$B/host/kshark_entries: tests/host/kshark_entries.c $(KSHARK_FILES) $$(@D)/.dir
	$(CC) $(COMMON) -isystem $B/cache -Wl,-rpath,$(abspath $B/cache) -o $@ $< $B/cache/libkshark.so.2

$(KSHARK_FILES) &:
	tools/install-packages

$(filter-out %/kshark_entries,$(HOST_TEST_PROGRAMS)): $B/host/%: $B/tool.o/tests/host/%.o $(filter-out %/main.o,$(TOOL_OBJECTS)) $$(@D)/.dir
	$(CC) $(TOOL_FLAGS) -o $@ $(filter %.o,$^) $(TOOL_LIBRARIES)

# --- The Linux guest -------------------------------------------------------------------------

$B/initramfs: tests/linux/init tools/make-initramfs $B/stamp
	tools/make-initramfs $B/stamp $@

$B/stamp: tests/linux/stamp.c guest/vexit_call.h $B/.dir
	$(CC) $(COMMON) -O2 -ffreestanding -mgeneral-regs-only -fno-stack-protector -static -nostdlib -no-pie -s -o $@ $<

# --- The rig: Linux with KVM and QEMU, for the memory of an emulated machine --------------------

$(RIG): tools/nested-rig tests/lib/Rig.pm tests/nested/rig/init $B/nested/port $B/nested/boot.rom \
		$(addprefix $B/cache/,vmlinuz irqbypass.ko kvm.ko kvm-intel.ko)
	tools/nested-rig $(@D)

$B/nested/port: tests/nested/rig/port.c $B/nested/.dir
	$(CC) $(COMMON) -O2 -ffreestanding -mgeneral-regs-only -fno-stack-protector -static -nostdlib -no-pie -s -o $@ $<

$B/nested/boot.rom: tests/nested/rig/boot.S tests/nested/rig/boot.h $B/nested/.dir
	$(CC) $(COMMON) -c -o $(@:.rom=.o) $<
	ld -Ttext 0 -e 0 --oformat binary -o $@ $(@:.rom=.o)

# --- Unit tests and fuzz targets: the first line of each names the sources that it links ---------

# Names that stand for many of them: what VMM and tool share; the readers of logs, of memory, of
# whatever a log comes from, of others' traces; the loaders of guests; all of the tool.
sources.trace := $(wildcard trace/*.c)
sources.reader := $(patsubst %,trace/host/log/%.c,log_reader log_run log_frames log_lines log_scanner record_search text_lines sequence)
sources.memory := $(patsubst %,trace/host/log/%.c,memory_image memory_find memory_ring memory_text memory_log)
sources.input := $(patsubst %,trace/host/log/%.c,log_options log_input log_follow socket_input serial_input memory_input)
sources.import := $(wildcard trace/host/import/*.c)
sources.loaders := vmm/format.c $(patsubst %,vmm/loader/%.c,guest_image guest_elf guest_elf_sections guest_flat \
	guest_multiboot1 guest_multiboot2 guest_multiboot2_info guest_linux guest_linux_zero_page memory_map)
sources.tool := $(filter-out %/main.c,$(TOOL_SOURCES))

named = $(shell sed -n '1s,^/\* sources: *\(.*\) \*/,\1,p' $1)
sources = $1 $(sort $(foreach name,$(call named,$1),$(or $(sources.$(name)),$(name))))
objects = $(patsubst %.S,$B/tool.o/%.o,$(patsubst %.c,$B/$1.o/%.o,$(call sources,$2)))

$(UNIT_PROGRAMS): $B/unit/%: $$(call objects,unit,tests/unit/$$*.c) $$(@D)/.dir
	$(CC) $(UNIT_FLAGS) -o $@ $(filter %.o,$^) $(TOOL_LIBRARIES)

$(REPLAY_PROGRAMS): $B/replay/%: $$(call objects,unit,tests/fuzz/$$*.c) $B/unit.o/tests/fuzz/replay.o $$(@D)/.dir
	$(CC) $(UNIT_FLAGS) -o $@ $(filter %.o,$^) $(TOOL_LIBRARIES)

$B/unit.o/%.o: %.c $$(@D)/.dir
	$(CC) $(UNIT_FLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_TARGETS:%=$B/fuzz/%): $B/fuzz/%: $$(call objects,fuzz,tests/fuzz/$$*.c) $B/fuzz.o/tests/fuzz/pool.o $B/fuzz.o/tests/fuzz/threads.o $$(@D)/.dir
	$(FUZZ_CC) $(UNIT_FLAGS) -fsanitize=fuzzer $(FUZZ_POOL) -o $@ $(filter %.o,$^) $(TOOL_LIBRARIES)

# Most of the time would go into the checksum, where there is nothing to find.
$B/fuzz.o/trace/crc32c.o: FUZZ_FLAGS := $(TOOL_FLAGS)

$B/fuzz.o/%.o: %.c $$(@D)/.dir
	$(FUZZ_CC) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

# --- Headers ---------------------------------------------------------------------------------

$B/headers/%.ok: % $$(@D)/.dir
	$(CC) $(COMMON) $(if $(filter tests/kernels/%,$<),-m32 -ffreestanding) \
		-MMD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only -Wno-unused -x c $<
	@touch $@

# --- Bookkeeping -----------------------------------------------------------------------------

%/.dir:
	@mkdir -p $(@D) && touch $@

.SECONDARY:

-include $(shell find $B -name '*.d' 2>/dev/null)
