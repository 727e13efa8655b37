// A wall clock that jumps when told to. Preloaded into the program under test (LD_PRELOAD); clocks.py builds it.
//
//   VITRINE_CLOCK_CONTROL  an int64 shared with the test: nanoseconds that the wall clock is ahead
//
// The steady clocks go on as they do, and so does the kernel: what waits for a time of the wall clock inside it is not fooled.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t second = 1000000000;
static _Atomic int64_t* ahead;

__attribute__((constructor)) static void begin(void) {
    const char* shared = getenv("VITRINE_CLOCK_CONTROL");
    if (!shared) return;
    int descriptor = open(shared, O_RDWR | O_CLOEXEC);
    void* page = descriptor < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, descriptor, 0);
    if (descriptor >= 0) close(descriptor);
    if (page == MAP_FAILED) {
        perror("clock_shim");
        abort();
    }
    ahead = page;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
    static int (*real)(clockid_t, struct timespec*);
    if (!real) *(void**)(&real) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, time);
    if (failed || !ahead || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
    int64_t now = time->tv_sec * second + time->tv_nsec + *ahead;
    time->tv_sec = now / second;
    time->tv_nsec = now % second;
    return 0;
}

int gettimeofday(struct timeval* restrict time, void* restrict zone) {
    (void)zone;
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return failed;
}

time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
