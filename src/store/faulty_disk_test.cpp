// The faulty disk of the tests, as a layer of SQLite's (https://www.sqlite.org/vfs.html), in a *_test.cpp so that the
// program never holds it.

#include "store/faulty_disk.hpp"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <string>

namespace vitrine::store {
namespace {

struct State {
    std::mutex mutex;
    std::string failing_sync, failing_write, full;
    std::map<std::string, bool> unsynced;
    std::map<std::string, int> syncs;
};
State& state() {
    static State the_state;
    return the_state;
}

bool matches(std::string_view name, const std::string& ending) {
    return !ending.empty() && name.ends_with(ending);
}

struct File {
    sqlite3_file base;
    const char* name;
    sqlite3_file* real;
};
File* mine(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return mine(file)->real;
}
std::string_view name(sqlite3_file* file) {
    return mine(file)->name ? mine(file)->name : "";
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    {
        std::scoped_lock lock(state().mutex);
        if (matches(name(file), state().full)) return SQLITE_FULL;
        if (matches(name(file), state().failing_write)) return SQLITE_IOERR_WRITE;
        state().unsynced[std::string(name(file))] = true;
    }
    return real(file)->pMethods->xWrite(real(file), bytes, count, at);
}
int sync(sqlite3_file* file, int flags) {
    {
        std::scoped_lock lock(state().mutex);
        if (matches(name(file), state().failing_sync)) return SQLITE_IOERR_FSYNC;
        state().unsynced[std::string(name(file))] = false;
        ++state().syncs[std::string(name(file))];
    }
    return real(file)->pMethods->xSync(real(file), flags);
}

const sqlite3_io_methods methods{
    3,
    [](sqlite3_file* f) { return real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK; },
    [](sqlite3_file* f, void* bytes, int count, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), bytes, count, at); },
    write,
    [](sqlite3_file* f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
    sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); },
    [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), offset, n, flags); },
    [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    [](sqlite3_file*, sqlite3_int64, int, void** out) {
        *out = nullptr;  // no memory map: every byte passes write()
        return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
};

sqlite3_vfs* below = nullptr;

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out) {
    auto* wrapped = mine(file);
    wrapped->name = path;
    wrapped->real = reinterpret_cast<sqlite3_file*>(wrapped + 1);
    int code = below->xOpen(below, path, wrapped->real, flags, out);
    file->pMethods = wrapped->real->pMethods ? &methods : nullptr;
    return code;
}

template <class Use>
void change(Use use) {
    std::scoped_lock lock(state().mutex);
    use(state());
}

}  // namespace

void FaultyDisk::install() {
    if (below != nullptr) return;
    below = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs layer = *below;
    layer.zName = "faulty";
    layer.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
    layer.xOpen = open;
    sqlite3_vfs_register(&layer, 1);
}

void FaultyDisk::fail_sync(std::string_view ending) {
    change([&](State& s) { s.failing_sync = ending; });
}
void FaultyDisk::fail_write(std::string_view ending) {
    change([&](State& s) { s.failing_write = ending; });
}
void FaultyDisk::fill(std::string_view ending) {
    change([&](State& s) { s.full = ending; });
}
void FaultyDisk::heal() {
    change([&](State& s) { s.failing_sync = s.failing_write = s.full = ""; });
}

bool FaultyDisk::unsynced(std::string_view ending) {
    bool any = false;
    change([&](State& s) {
        for (const auto& [path, dirty] : s.unsynced) any = any || (path.ends_with(ending) && dirty);
    });
    return any;
}
int FaultyDisk::syncs(std::string_view ending) {
    int total = 0;
    change([&](State& s) {
        for (const auto& [path, count] : s.syncs) total += path.ends_with(ending) ? count : 0;
    });
    return total;
}

}  // namespace vitrine::store
