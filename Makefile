# Two commands: `make run` and `make test`. Both install what is missing, are safe to repeat and quick the second time.

SHELL := /bin/bash
.DELETE_ON_ERROR:
JOBS  ?= $(shell nproc)
LISTEN ?= 127.0.0.1:8080
VECTORS ?= fashion-mnist
# How often a unit or browser test may try. 1 for people; .ci/run says 2, and the log then shows both tries: a test that
# needed its second is a bug to mend.
TRIES ?= 1
DATA  ?= $(if $(XDG_DATA_HOME),$(XDG_DATA_HOME),$(HOME)/.local/share)/vitrine/data
BIN    = build/release/vitrine

# cmake reads a preset only when it is asked to.
configured = [ build/$(1)/.preset -nt CMakePresets.json ] || { cmake --preset $(1) >/dev/null && touch build/$(1)/.preset; }

.PHONY: run test build setup page models format tidy e2e torture bench bench-load bench-vectors eval openapi asan asan-floor tsan fuzz schema help

help: ## Show this
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: build models ## Build what is missing and serve on http://127.0.0.1:8080 with the sample photos
	$(BIN) serve --data "$(DATA)" --listen $(LISTEN) --samples samples

test: build models ## Every test: units, route matrix, golden cases, end to end in Chromium, sanitizers on the floor rooms
	cmake --build --preset release -j $(JOBS)
	$(BIN) openapi --check api/openapi.json
	ctest --test-dir build/release --output-on-failure --repeat until-pass:$(TRIES)
	python3 tests/cases/run.py $(BIN)
	tests/faults/workers.py $(BIN)
	tests/faults/kills.py $(BIN)
	tests/faults/crash_images.py $(BIN)
	tests/faults/disk_faults.py $(BIN)
	tests/faults/clocks.py $(BIN)
	tests/faults/limits.py $(BIN)
	tests/faults/postgres_faults.py $(BIN)
	$(MAKE) e2e
	$(MAKE) asan-floor

setup:
	@tools/setup.sh

page: setup ## The web page, built into web/build
	@tools/build_page.sh

build: setup page ## The program: build/release/vitrine
	@$(call configured,release)
	cmake --build --preset release -j $(JOBS) --target vitrine

models: build ## The model pack (once)
	@$(BIN) models pull

e2e: build models ## The real program in a real browser, through the real SDK
	cd tests/e2e && npx playwright test --retries=$$(($(TRIES) - 1))

torture: build models ## 1,000 kills, 2,000 power cuts, full and failing disks, clocks that jump, workers that stop and die
	tests/faults/workers.py $(BIN) --rounds 20
	tests/faults/crash_images.py $(BIN) --images 2000 --served 40 --photos 40
	tests/faults/disk_faults.py $(BIN) --rounds 60
	tests/faults/clocks.py $(BIN) --photos 100
	tests/faults/limits.py $(BIN) --rounds 20
	tests/faults/postgres_faults.py $(BIN) --rounds 60 --photos 60 --away 60
	tests/faults/kills.py $(BIN) --rounds 1000 --photos 200

# What the sanitizers build and run takes long, so `make test` does it for the rooms that read what strangers send.
asan_floor = core photo vector store http queue auth
asan_all   = $(asan_floor) likeness catalog vision listing app
space      = $(subst x,,x x)
run_asan   = cmake --build --preset asan -j $(JOBS) --target $(addsuffix _test,$(1)) && \
	LSAN_OPTIONS=suppressions=$(CURDIR)/tools/leaks.supp ctest --test-dir build/asan --output-on-failure --repeat until-pass:$(TRIES) -R '^($(subst $(space),|,$(strip $(1))))(_.*_fuzz)?$$'

asan-floor: setup ## AddressSanitizer and UBSan on the floor rooms
	@$(call configured,asan)
	$(call run_asan,$(asan_floor))

asan: setup models ## AddressSanitizer and UBSan on every room
	@$(call configured,asan)
	$(call run_asan,$(asan_all))

tsan: setup models ## ThreadSanitizer on the rooms with threads of their own
	@$(call configured,tsan)
	cmake --build --preset tsan -j $(JOBS) --target vector_test store_test http_test queue_test likeness_test vision_test
	TSAN_OPTIONS=die_after_fork=0 ctest --test-dir build/tsan --output-on-failure -R '^(vector|store|http|queue|likeness|vision)$$'

fuzz: ## Every fuzzer for 20 s on its corpus (clang-16)
	@tools/setup.sh tidy
	@$(call configured,fuzz)
	cmake --build --preset fuzz -j $(JOBS) --target fuzzers
	tools/fuzz.sh build/fuzz/bin 20

schema: build models ## 20,000 requests that the API document allows or forbids, by schemathesis
	@tools/setup.sh bench
	[ -x build/schemathesis/bin/schemathesis ] || python3 -m venv build/schemathesis
	build/schemathesis/bin/pip install --quiet --disable-pip-version-check --requirement tools/schemathesis/requirements.txt
	build/schemathesis/bin/python tools/schemathesis/run.py $(BIN)

format: ## clang-format on every C++ file
	@tools/setup.sh tidy
	git ls-files 'src/*.[ch]pp' | xargs clang-format-16 -i

tidy: ## What a machine can hold: format, room map, clang-tidy, dead links, forbidden marks
	@tools/setup.sh tidy
	tools/tidy.sh

openapi: build ## Write api/openapi.json and the SDK's types from the program
	$(BIN) openapi > api/openapi.json.new && mv api/openapi.json.new api/openapi.json
	cd sdk/ts && npm run --silent generate

bench: build models ## Speed: file to saved draft, ready after start, memory (needs ../shared for the photos)
	@tools/setup.sh bench
	tools/bench.sh $(BIN)

bench-load: build models ## What the spine carries, beside FastAPI, goqite and River (50 minutes; needs Go 1.26)
	@tools/setup.sh bench
	bench/run.py $(BIN) $(PARTS)

bench-vectors: build models ## Nearest vectors beside hnswlib, faiss, LoRANN and others (20 minutes; VECTORS="fashion-mnist lite2")
	@tools/setup.sh bench
	[ -x build/bench/vectors/venv/bin/python ] || python3 -m venv build/bench/vectors/venv
	build/bench/vectors/venv/bin/pip install --quiet --disable-pip-version-check --requirement bench/vectors/requirements.txt
	for data in $(VECTORS); do \
	  [ -f build/bench/vectors/$$data/meta.json ] || build/bench/vectors/venv/bin/python bench/vectors/data.py $$data build/bench/vectors || exit; \
	  $(BIN) bench vectors --data $$data || exit; \
	done

eval: build models ## Accuracy (needs ../shared/data)
	tools/eval.sh $(BIN)
