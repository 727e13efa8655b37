// A disk that keeps a diary, fills up and fails when told to. Preloaded into the program under test (LD_PRELOAD); disk.py
// builds it, tells it what to do and reads the diary.
//
//   VITRINE_DISK_ROOT     what lies below this folder is watched; it has no symbolic links in it
//   VITRINE_DISK_DIARY    one record for each change, each appended by one writev, so that processes and threads do not mix.
//                         A change is written down before its call returns: what was caused by it comes after it. A sync
//                         is written down as it begins and as it ends; what was written before the first is on the disk
//                         from the second on.
//   VITRINE_DISK_CONTROL  struct Control, shared with the test
//
// Not seen: mmap (SQLite's -shm, which no restart of the machine keeps), sockets, what stdio writes but for its opening.
// disk.py compares the diary with the folder at the end, so that nothing is missed unnoticed.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

struct Control {
    _Atomic int64_t room;        // bytes that what `full` names may still grow by; negative: no end
    _Atomic int64_t syncs_left;  // of what `failing` names, until one fails with EIO; negative: none fails
    char full[120], failing[120];  // parts of paths, at whose end a $ is thought
};

struct Record {
    uint32_t size;  // of all that follows, too
    uint32_t kind;
    uint64_t node;  // inode; of a sync its number
    int64_t offset;
    uint32_t path_length, second_length;
};

enum { node_max = 65536 };
enum Watched { unknown, yes, no };

static struct Control* control;
static char root[PATH_MAX];
static size_t root_length;
static int diary = -1;
static _Atomic uint64_t syncs;
static _Atomic unsigned char watched[node_max];  // by descriptor

#define REAL(type, name, ...)                                        \
    static type (*real)(__VA_ARGS__);                                \
    if (!real) *(void**)(&real) = dlsym(RTLD_NEXT, name)

static void note(char kind, uint64_t node, int64_t offset, const char* path, const char* second, const void* data, size_t bytes) {
    if (diary < 0) return;
    int kept = errno;
    struct Record record = {0, (uint32_t)kind, node, offset, path ? (uint32_t)strlen(path) : 0, second ? (uint32_t)strlen(second) : 0};
    record.size = (uint32_t)(sizeof record + record.path_length + record.second_length + bytes);
    struct iovec parts[] = {{&record, sizeof record},
                            {(void*)(uintptr_t)path, record.path_length},
                            {(void*)(uintptr_t)second, record.second_length},
                            {(void*)(uintptr_t)data, bytes}};
    REAL(ssize_t, "writev", int, const struct iovec*, int);
    if (real(diary, parts, 4) != (ssize_t)record.size) {
        static const char words[] = "disk_shim: the diary cannot be written\n";
        (void)!write(STDERR_FILENO, words, sizeof words - 1);
        abort();
    }
    errno = kept;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("VITRINE_DISK_ROOT"), *file = getenv("VITRINE_DISK_DIARY"), *shared = getenv("VITRINE_DISK_CONTROL");
    if (!folder || !shared) return;
    REAL(int, "open", const char*, int, ...);
    int descriptor = real(shared, O_RDWR | O_CLOEXEC);
    void* page = descriptor < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (descriptor >= 0) close(descriptor);
    if (page == MAP_FAILED) {
        fprintf(stderr, "disk_shim: %s: %s\n", shared, strerror(errno));
        abort();
    }
    control = page;
    root_length = strlen(folder);
    memcpy(root, folder, root_length + 1);
    if (file) diary = real(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    syncs = (uint64_t)getpid() << 32;
}

static int is_ours(const char* path) {
    return control && path && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

static int path_of(int descriptor, char* path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return 1;
}

static int is_named(const char* part, int descriptor) {
    char path[PATH_MAX + 1];
    return !*part || (path_of(descriptor, path) && strstr(strcat(path, "$"), part));
}

// Whether writes to it are written down; its status, then.
static int is_watched(int descriptor, struct stat* status) {
    if (!control || descriptor < 0 || descriptor >= node_max || watched[descriptor] == no) return 0;
    int kept = errno, is = 0;
    char path[PATH_MAX];
    if (fstat(descriptor, status) == 0 && (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)))
        is = watched[descriptor] == yes || (path_of(descriptor, path) && is_ours(path));
    watched[descriptor] = is ? yes : no;
    errno = kept;
    return is;
}

static int opened(int descriptor, const char* path, int flags) {
    if (descriptor < 0 || descriptor >= node_max || !control) return descriptor;
    size_t length = strlen(path);
    int ours = is_ours(path) && !(flags & O_PATH) && !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
    watched[descriptor] = ours ? yes : no;
    if (ours && (flags & (O_CREAT | O_TRUNC))) {
        struct stat status;
        if (fstat(descriptor, &status) == 0) {
            if (flags & O_CREAT) note('O', status.st_ino, 0, path, NULL, NULL, 0);
            if (flags & O_TRUNC) note('T', status.st_ino, 0, NULL, NULL, NULL, 0);
        }
    }
    return descriptor;
}

#define OPEN(name)                                              \
    int name(const char* path, int flags, ...) {                \
        va_list rest;                                           \
        va_start(rest, flags);                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                           \
        REAL(int, #name, const char*, int, ...);                \
        return opened(real(path, flags, mode), path, flags);    \
    }
OPEN(open)
OPEN(open64)

#define MKOSTEMP(name)                                          \
    int name(char* path, int flags) {                           \
        REAL(int, #name, char*, int);                           \
        int descriptor = real(path, flags);                     \
        return opened(descriptor, path, O_CREAT);               \
    }
MKOSTEMP(mkostemp)
MKOSTEMP(mkostemp64)

#define FOPEN(name)                                                                                       \
    FILE* name(const char* path, const char* mode) {                                                      \
        REAL(FILE*, #name, const char*, const char*);                                                     \
        FILE* file = real(path, mode);                                                                    \
        if (file) opened(fileno(file), path, *mode == 'w' ? O_CREAT | O_TRUNC : *mode == 'a' ? O_CREAT : 0); \
        return file;                                                                                      \
    }
FOPEN(fopen)
FOPEN(fopen64)

int close(int descriptor) {
    REAL(int, "close", int);
    if (descriptor >= 0 && descriptor < node_max) watched[descriptor] = unknown;
    return real(descriptor);
}

// How much of a write up to `end` there is room for: all, a part, or nothing and ENOSPC.
static ssize_t room_for(int descriptor, const struct stat* status, int64_t offset, size_t bytes) {
    int64_t room = control->room, end = offset + (int64_t)bytes, grown = end - status->st_size;
    if (room < 0 || grown <= 0 || bytes == 0 || !is_named(control->full, descriptor)) return (ssize_t)bytes;
    if (grown > room) {
        int64_t fits = (int64_t)bytes - (grown - room);
        if (fits <= 0) {
            errno = ENOSPC;
            return -1;
        }
        control->room = 0;
        return (ssize_t)fits;
    }
    control->room -= grown;
    return (ssize_t)bytes;
}

ssize_t write(int descriptor, const void* data, size_t bytes) {
    REAL(ssize_t, "write", int, const void*, size_t);
    struct stat status;
    if (!is_watched(descriptor, &status)) return real(descriptor, data, bytes);
    int64_t offset = fcntl(descriptor, F_GETFL) & O_APPEND ? status.st_size : lseek(descriptor, 0, SEEK_CUR);
    ssize_t fits = room_for(descriptor, &status, offset, bytes);
    if (fits < 0) return -1;
    ssize_t written = real(descriptor, data, (size_t)fits);
    if (written > 0) note('W', status.st_ino, offset, NULL, NULL, data, (size_t)written);
    return written;
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec*, int);
    struct stat status;
    if (!is_watched(descriptor, &status)) return real(descriptor, parts, count);
    ssize_t sum = 0;
    for (int i = 0; i < count; ++i) {
        ssize_t written = write(descriptor, parts[i].iov_base, parts[i].iov_len);
        if (written < 0) return sum ? sum : -1;
        sum += written;
        if ((size_t)written < parts[i].iov_len) break;
    }
    return sum;
}

#define PWRITE(name)                                                            \
    ssize_t name(int descriptor, const void* data, size_t bytes, off64_t offset) { \
        REAL(ssize_t, #name, int, const void*, size_t, off64_t);                \
        struct stat status;                                                     \
        if (!is_watched(descriptor, &status)) return real(descriptor, data, bytes, offset); \
        ssize_t fits = room_for(descriptor, &status, offset, bytes);                        \
        if (fits < 0) return -1;                                                \
        ssize_t written = real(descriptor, data, (size_t)fits, offset);         \
        if (written > 0) note('W', status.st_ino, offset, NULL, NULL, data, (size_t)written); \
        return written;                                                         \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define FTRUNCATE(name)                                                         \
    int name(int descriptor, off64_t length) {                                  \
        REAL(int, #name, int, off64_t);                                         \
        struct stat status;                                                     \
        if (!is_watched(descriptor, &status)) return real(descriptor, length);  \
        if (room_for(descriptor, &status, 0, (size_t)length) < (ssize_t)length) return errno = ENOSPC, -1; \
        int failed = real(descriptor, length);                                  \
        if (!failed) note('T', status.st_ino, length, NULL, NULL, NULL, 0);     \
        return failed;                                                          \
    }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

static int sync_with(int (*real)(int), int descriptor) {
    struct stat status;
    if (!is_watched(descriptor, &status)) return real(descriptor);
    char path[PATH_MAX] = "";
    path_of(descriptor, path);
    if (control->syncs_left >= 0 && is_named(control->failing, descriptor) && control->syncs_left-- == 0) return errno = EIO, -1;
    uint64_t number = ++syncs;
    if (S_ISDIR(status.st_mode))
        note('s', number, 0, path, NULL, NULL, 0);
    else
        note('S', number, (int64_t)status.st_ino, NULL, NULL, NULL, 0);
    int failed = real(descriptor);
    if (!failed) note('E', number, 0, NULL, NULL, NULL, 0);
    return failed;
}
int fsync(int descriptor) {
    REAL(int, "fsync", int);
    return sync_with(real, descriptor);
}
int fdatasync(int descriptor) {
    REAL(int, "fdatasync", int);
    return sync_with(real, descriptor);
}

int rename(const char* from, const char* to) {
    REAL(int, "rename", const char*, const char*);
    int failed = real(from, to);
    if (!failed && (is_ours(from) || is_ours(to))) note('R', 0, 0, from, to, NULL, 0);
    return failed;
}
int link(const char* from, const char* to) {
    REAL(int, "link", const char*, const char*);
    int failed = real(from, to);
    if (!failed && is_ours(to)) note('L', 0, 0, from, to, NULL, 0);
    return failed;
}
int mkdir(const char* path, mode_t mode) {
    REAL(int, "mkdir", const char*, mode_t);
    int failed = real(path, mode);
    if (!failed && is_ours(path)) note('D', 0, 0, path, NULL, NULL, 0);
    return failed;
}

#define REMOVE(name)                                                            \
    int name(const char* path) {                                                \
        REAL(int, #name, const char*);                                          \
        int failed = real(path);                                                \
        if (!failed && is_ours(path)) note('U', 0, 0, path, NULL, NULL, 0);     \
        return failed;                                                          \
    }
REMOVE(unlink)
REMOVE(rmdir)
REMOVE(remove)

int unlinkat(int folder, const char* name, int flags) {
    REAL(int, "unlinkat", int, const char*, int);
    int failed = real(folder, name, flags);
    char path[PATH_MAX];
    if (!failed && control && *name == '/' && is_ours(name)) {
        note('U', 0, 0, name, NULL, NULL, 0);
    } else if (!failed && control && *name != '/' && path_of(folder, path) && strlen(path) + strlen(name) + 2 < sizeof path) {
        strcat(strcat(path, "/"), name);
        if (is_ours(path)) note('U', 0, 0, path, NULL, NULL, 0);
    }
    return failed;
}

// What is left, for who asks before it writes.
int statvfs(const char* path, struct statvfs* status) {
    REAL(int, "statvfs", const char*, struct statvfs*);
    int failed = real(path, status);
    if (!failed && control && control->room >= 0 && is_ours(path))
        status->f_bavail = status->f_bfree = (fsblkcnt_t)(control->room / (int64_t)status->f_frsize);
    return failed;
}
